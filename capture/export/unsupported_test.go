package export_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestUnsupported: silence alone shows no version, and the text claims none.
func TestUnsupported(t *testing.T) {
	s := &source{t: t, now: time.Unix(0, 0), j: journal.New(journal.Limits{Entries: 16}, session.Config{})}
	s.event(capture.Event{Kind: capture.Opened, Client: "127.0.0.1:50000", Server: "example.com:443"})
	s.client(protocol.Preamble{}.Append(nil))
	s.client(s.frame(protocol.Settings, 0, "v=2"))
	s.client(s.frame(protocol.HeartRequest, 0, ""))
	s.now = s.now.Add(10 * time.Second)
	s.j.Tick(s.now)
	var out bytes.Buffer
	write(t, s.j, export.NewText(&out, export.Options{}), false)
	if got := out.String(); !strings.Contains(got, "not answered: nothing showed version 2") || !strings.Contains(got, "server-silent") {
		t.Error(got)
	}
}
