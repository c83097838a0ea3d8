package pane

import (
	"strings"
	"testing"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// TestLooksFields: the session's detail says what its peers look like, and by what, in lines
// that fit; where nothing can be said, it says nothing.
func TestLooksFields(t *testing.T) {
	tracker := session.NewTracker(session.Config{}, nobody{})
	frame := func(dir protocol.Direction, c protocol.Command, data string) {
		b, err := protocol.AppendFrame(nil, c, 0, []byte(data))
		if err != nil {
			t.Fatal(err)
		}
		tracker.Record(at(1), dir, b, session.Fate{}, false)
	}
	d := func() *journal.SessionDetail {
		return &journal.SessionDetail{SessionRow: journal.SessionRow{State: *tracker.State()}}
	}
	lines := func() string {
		return strings.Join(layOut(new(cell.Palette), sessionFields(scene(), d()), 60), "\n")
	}
	if text := lines(); strings.Contains(text, "guess") {
		t.Errorf("nothing is known, and guessed:\n%s", text)
	}
	preamble := protocol.Preamble{}.Append(nil)
	for _, part := range [][]byte{preamble[:32], preamble[32:]} { // in records of their own
		tracker.Record(at(1), protocol.ClientToServer, part, session.Fate{}, false)
	}
	frame(protocol.ClientToServer, protocol.Settings, "v=2\nclient=sing-anytls/0.0.11\nsession=7")
	frame(protocol.ServerToClient, protocol.FIN, "")
	frame(protocol.ServerToClient, protocol.SYNACK, "open connection to a:1 using outbound/direct[0]: dial tcp: refused")
	frame(protocol.ClientToServer, protocol.HeartRequest, "")
	if text := unspaced(lines()); !strings.Contains(text, "guess client: calls itself sing-anytls/0.0.11, looks very much like anytls 0.5 (preamble, settings, heartbeats)") ||
		!strings.Contains(text, "guess server: looks very much like sing-box (FIN, text of errors)") {
		t.Errorf("the guesses are not told:\n%s", lines())
	}
}

// unspaced returns a text whose words stand apart by one space, and lines too.
func unspaced(text string) string { return strings.Join(strings.Fields(text), " ") }

// nobody handles what a tracker tells, and does nothing.
type nobody struct{}

func (nobody) Frame(*session.Frame)  {}
func (nobody) Notice(session.Notice) {}
