package session_test

import (
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestPilesAreToldOnce holds that a client which opens a session for each stream is told of
// once, however many it opens, and again only after the pile was gone.
func TestPilesAreToldOnce(t *testing.T) {
	cfg := session.Config{Fleet: session.NewFleet()}
	now, told := start, uint64(0)
	use := func(id int) *session.Tracker {
		now = now.Add(time.Second)
		tracker := session.NewTracker(cfg, nothing{})
		tracker.Opened(now, uint32(id), "192.0.2.1:1000", "server:443")
		tracker.Data(now, c2s, protocol.Preamble{}.Append(nil), session.Fate{})
		tracker.Data(now, c2s, frame(protocol.Settings, 0, []byte("v=2")), session.Fate{})
		tracker.Data(now, c2s, frame(protocol.SYN, 1, nil), session.Fate{})
		tracker.Data(now, s2c, frame(protocol.FIN, 1, nil), session.Fate{})
		told += tracker.Diagnostics()[session.CodeSessionNotReused]
		return tracker
	}
	var pile []*session.Tracker
	for id := range 100 {
		pile = append(pile, use(id))
	}
	if told != 1 {
		t.Errorf("100 sessions that pile up were told %d times", told)
	}
	for _, tracker := range pile {
		tracker.Close(now, session.ClosedByClient)
	}
	for id := range 20 {
		use(id)
	}
	if told != 2 {
		t.Errorf("two piles were told %d times", told)
	}
}
