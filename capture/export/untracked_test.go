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

// TestUntracked: a session's end tells how many of its streams were not followed, where
// some were not.
func TestUntracked(t *testing.T) {
	for _, streams := range []int{journal.StreamFactor, journal.StreamFactor + 3} {
		s := &source{t: t, now: time.Unix(0, 0), j: journal.New(journal.Limits{Entries: 8, Streams: 1}, session.Config{})}
		s.event(capture.Event{Kind: capture.Opened, Client: "127.0.0.1:50000", Server: "example.com:443"})
		s.client(protocol.Preamble{}.Append(nil))
		s.client(s.frame(protocol.Settings, 0, "v=2"))
		for n := range streams {
			s.client(s.frame(protocol.SYN, uint32(n+1), ""))
		}
		s.event(capture.Event{Kind: capture.Closed, By: session.ClosedByClient})
		var asJSON, asText bytes.Buffer
		write(t, s.j, export.NewJSON(&asJSON, export.Options{}), false)
		write(t, s.j, export.NewText(&asText, export.Options{}), false)
		some := streams > journal.StreamFactor
		if got := strings.Contains(asJSON.String(), `"untracked":3`); got != some || strings.Contains(asJSON.String(), "untracked") != some {
			t.Errorf("%d streams: %s", streams, asJSON.String())
		}
		if got := strings.Contains(asText.String(), "515 streams (3 not followed), "); got != some {
			t.Errorf("%d streams: %s", streams, asText.String())
		}
	}
}
