package export_test

import (
	"strings"
	"testing"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestLooks: the end of a session says what its peers look like, where that can be said.
func TestLooks(t *testing.T) {
	looks := protocol.ByPeer[session.Guess]{
		protocol.Server: {Names: []string{"sing-box", "anytls-go"}, Sure: session.Probable, By: []string{"FIN", "text of errors"}},
	}
	inJSON, inText := lines(t, journal.Entry{At: noon(), Session: 1, Notice: journal.SessionClose{By: session.ClosedByClient, Reason: "reset", Looks: looks}})
	if want := `"streams":0,"looks":{"server":{"like":["sing-box","anytls-go"],"sure":"likely","by":["FIN","text of errors"]}}}`; !strings.HasSuffix(inJSON, want) {
		t.Errorf("the line is\n%s\nand does not end with\n%s", inJSON, want)
	}
	if want := "down 0 bytes, the server looks like sing-box or anytls-go: reset"; !strings.Contains(inText, want) {
		t.Errorf("the line is\n%s\nand does not say\n%s", inText, want)
	}
	for sure, want := range map[session.Sureness]string{session.MayBe: "may be", session.Certain: "sure"} {
		looks[protocol.Client] = session.Guess{Names: []string{"anytls-rs"}, Sure: sure, By: []string{"records"}}
		inJSON, _ = lines(t, journal.Entry{At: noon(), Session: 1, Notice: journal.SessionClose{Looks: looks}})
		if want = `"looks":{"client":{"like":["anytls-rs"],"sure":"` + want + `","by":["records"]},"server":`; !strings.Contains(inJSON, want) {
			t.Errorf("the line is\n%s\nand does not have\n%s", inJSON, want)
		}
	}
	inJSON, inText = lines(t, journal.Entry{At: noon(), Session: 1, Notice: journal.SessionClose{}})
	if strings.Contains(inJSON+inText, "look") {
		t.Errorf("nothing is known, and told:\n%s\n%s", inJSON, inText)
	}
}
