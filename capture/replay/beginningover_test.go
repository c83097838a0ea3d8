package replay

import (
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/tcpflow"
)

// TestNothingIsHeldOfWhatIsOver: where the packets that waited for the beginning of a connection
// also end it, nothing is held of the one that follows.
func TestNothingIsHeldOfWhatIsOver(t *testing.T) {
	limits := tcpflow.DefaultLimits()
	w := newWorker(0, newKeys(nil, nil, func(string) {}), limits)
	w.outlet = new(outlet)
	const first = int64(1e18)
	c := newConnection(1, w, flowKey{{port: 40000}, {port: 443}}, first, capture.NoLeg)
	say := func(at time.Duration, sender end, seq, ack uint32, data string, fin bool) {
		c.packet(&packet{
			sender: sender, isACK: true, ack: ack, at: first + int64(at), window: 1000,
			segment: tcpflow.Segment{Seq: seq, Length: len(data), Payload: []byte(data), FIN: fin},
		})
	}
	say(0, 0, 100, 500, "up", true)
	say(1, 1, 500, 103, "down", true)
	if c.over || limits.Budget.Used() == 0 {
		t.Fatal("the connection has begun")
	}
	say(2*time.Second, 0, 103, 900, "", false) // acknowledges what never came
	if n := limits.Budget.Used(); !c.over || n != 0 || len(w.holding) != 0 {
		t.Errorf("over %v: %d bytes of %d connections are held", c.over, n, len(w.holding))
	}
}
