package session_test

import (
	"strings"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestTimeDoesNotGoBack holds that no span is negative where the clock of whoever captured was
// set back.
func TestTimeDoesNotGoBack(t *testing.T) {
	h := &texts{}
	tracker := session.NewTracker(session.Config{KeepStreams: 4}, h)
	at := start
	back := func() time.Time {
		at = at.Add(-time.Second)
		return at
	}
	tracker.Opened(at, 1, "192.0.2.1:1000", "server:443")
	tracker.Data(back(), c2s, protocol.Preamble{}.Append(nil), session.Fate{})
	tracker.Data(back(), c2s, frame(protocol.Settings, 0, []byte("v=2")), session.Fate{})
	tracker.Data(back(), s2c, frame(protocol.ServerSettings, 0, []byte("v=2")), session.Fate{})
	tracker.Data(back(), c2s, frame(protocol.SYN, 1, nil), session.Fate{})
	tracker.Data(back(), c2s, frame(protocol.HeartRequest, 0, nil), session.Fate{})
	tracker.Data(back(), s2c, frame(protocol.SYNACK, 1, nil), session.Fate{})
	tracker.Data(back(), s2c, frame(protocol.HeartResponse, 0, nil), session.Fate{})
	tracker.Close(back(), session.ClosedByServer)
	if s := tracker.Stream(0); !s.HasACK || s.SYNACK != 0 {
		t.Errorf("the SYNACK took %v", s.SYNACK)
	}
	if hb := tracker.Heartbeats(protocol.Server, session.OriginPeer); hb.Answered != 1 || hb.Last != 0 {
		t.Errorf("the answer took %v", hb.Last)
	}
	if all := strings.Join(h.all, "; "); !strings.Contains(all, "it lived 0s") {
		t.Errorf("it was told: %s", all)
	}
}
