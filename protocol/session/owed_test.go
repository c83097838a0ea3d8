package session_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestOwedIsBounded holds that a flood of streams makes no long list, and that all of them
// are counted.
func TestOwedIsBounded(t *testing.T) {
	tracker := openStreams(session.Config{}, nothing{}, 0)
	const streams = 16_000
	for id := uint32(streams); id > 0; id-- { // the oldest are those with the highest ids
		tracker.Data(start.Add(time.Duration(streams-id)*time.Microsecond), c2s, frame(protocol.SYN, id, nil), session.Fate{})
	}
	owed := tracker.AppendOwed(nil)
	if len(owed) > session.MostOwed {
		t.Errorf("%d obligations are listed", len(owed))
	}
	sum := 0
	for i, o := range owed {
		sum += o.Count
		if want := uint32(streams - i); o.Stream != want && o.Count == 1 {
			t.Errorf("number %d is stream %d, want %d", i, o.Stream, want)
		}
		if o.What != session.OwesSYNACK || o.By != protocol.Server {
			t.Errorf("owed is %+v", o)
		}
	}
	if last := owed[len(owed)-1]; sum != streams || last.Stream != 0 || !last.Since.Equal(start.Add(8*time.Microsecond)) {
		t.Errorf("%d SYNACKs are owed, the last of them %+v", sum, last)
	}
}

// TestOwedKeepsTheCallers holds that what the caller has stays in front.
func TestOwedKeepsTheCallers(t *testing.T) {
	tracker := openStreams(session.Config{}, nothing{}, 0)
	tracker.Data(start, c2s, frame(protocol.SYN, 1, nil), session.Fate{})
	mine := session.Obligation{What: session.OwesEnd, Since: start.Add(time.Hour)}
	owed := tracker.AppendOwed([]session.Obligation{mine})
	if len(owed) != 2 || owed[0] != mine || owed[1].What != session.OwesSYNACK {
		t.Errorf("owed are %+v", owed)
	}
}

// TestDebts holds the words for debts.
func TestDebts(t *testing.T) {
	for debt, want := range map[session.Debt]string{
		session.OwesServerSettings: "ServerSettings", session.OwesSYNACK: "SYNACK", session.OwesHeartResponse: "HeartResponse",
		session.OwesEnd: "end", session.OwesReading: "reading", 99: "reading",
	} {
		if got := debt.String(); got != want {
			t.Errorf("%d is %q, want %q", debt, got, want)
		}
	}
}

// TestPathsAreBounded holds that a fleet forgets the servers that were not heard of for
// longest.
func TestPathsAreBounded(t *testing.T) {
	fleet := session.NewFleet()
	for i := range 3 * session.MaxPaths {
		tracker := openStreams(session.Config{Fleet: fleet}, nothing{}, 0)
		tracker.Opened(start, uint32(i), "client:1", fmt.Sprintf("server:%d", i))
		tracker.Data(start.Add(time.Duration(i)*time.Second), s2c, frame(protocol.Waste, 0, nil), session.Fate{})
	}
	if n := fleet.Paths(); n != session.MaxPaths {
		t.Errorf("%d paths are held, want %d", n, session.MaxPaths)
	}
}

// A codeCounter counts diagnostics of one code. It is safe for concurrent use.
type codeCounter struct {
	code session.Code
	mu   sync.Mutex
	n    int
}

func (c *codeCounter) Frame(*session.Frame) {}

func (c *codeCounter) Notice(n session.Notice) {
	if d, ok := n.(session.Diagnostic); ok && d.Code == c.code {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.n++
	}
}

// TestPathIsToldOnce has sessions of one server find out at the same time that its path is
// dead: one of them says so.
func TestPathIsToldOnce(t *testing.T) {
	found := &codeCounter{code: session.CodePathDead}
	fleet := session.NewFleet()
	var wg sync.WaitGroup
	trackers := make([]*session.Tracker, 8)
	for i := range trackers {
		trackers[i] = openStreams(session.Config{Fleet: fleet}, found, 0)
		trackers[i].Opened(start, uint32(i), "client:1", "server:443")
		trackers[i].Data(start, s2c, frame(protocol.Waste, 0, nil), session.Fate{})
	}
	for _, tracker := range trackers {
		wg.Go(func() {
			tracker.Data(start.Add(time.Second), c2s, frame(protocol.HeartRequest, 0, nil), session.Fate{Kind: session.Injected})
			for at := range 100 {
				tracker.Tick(start.Add(time.Duration(at) * 100 * time.Millisecond))
			}
		})
	}
	wg.Wait()
	if found.n != 1 {
		t.Errorf("it was said %d times, want once", found.n)
	}
}
