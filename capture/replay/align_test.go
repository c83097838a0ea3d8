package replay

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"anytls-inspect/capture/internal/tcpflow"
)

// An alignment is a connection's packets, in the order in which they were sent, and an
// aligner that is given them in another.
type alignment struct {
	aligner
	streams  byEnd[tcpflow.Stream]
	limits   *tcpflow.Limits
	released []int // numbers of the packets, as they are let go
	numbers  map[packetKey]int
}

type packetKey struct {
	sender   end
	seq, ack uint32
	n        int
	syn      bool
}

func numberOf(p *packet) packetKey {
	return packetKey{p.sender, p.segment.Seq, p.ack, p.segment.Length, p.segment.SYN}
}

// exchange makes up a connection: a handshake, and what both ends say, each packet a
// millisecond behind the one before.
func exchange(r *rand.Rand) (packets []packet) {
	next := byEnd[uint32]{r.Uint32(), r.Uint32()}
	acked := byEnd[uint32]{} // by the end that acknowledges
	add := func(sender end, syn, isACK bool, n int) {
		if isACK {
			acked[sender] = next[sender.other()]
		}
		packets = append(packets, packet{
			sender: sender, isACK: isACK, ack: acked[sender], at: int64(1+len(packets)) * 1_000_000,
			segment: tcpflow.Segment{Seq: next[sender], SYN: syn, Payload: make([]byte, n), Length: n},
		})
		if next[sender] += uint32(n); syn {
			next[sender]++
		}
	}
	add(0, true, false, 0)
	add(1, true, true, 0)
	add(0, false, true, 0)
	for range 10 + r.IntN(60) {
		add(end(r.IntN(2)), false, true, 1+r.IntN(500))
	}
	return packets
}

func newAlignment(truth []packet) *alignment {
	a := &alignment{limits: tcpflow.DefaultLimits(), numbers: make(map[packetKey]int)}
	for e := range twoEnds {
		a.streams[e].Init(a.limits)
	}
	a.init(&a.streams, a.limits, false)
	for i := range truth {
		a.numbers[numberOf(&truth[i])] = i
	}
	return a
}

// process takes a packet that is let go, as a connection does.
func (a *alignment) process(p *packet) {
	key := numberOf(p)
	a.release(p)
	a.released = append(a.released, a.numbers[key])
	if p.isACK {
		a.streams[p.sender.other()].Ack(p.at, p.ack)
	}
	a.streams[p.sender].Add(p.at, &p.segment)
	for e := range twoEnds {
		for _, ok := a.streams[e].Next(); ok; _, ok = a.streams[e].Next() {
		}
	}
}

// play gives the packets to the aligner, in the order that they have.
func (a *alignment) play(packets []packet) {
	for i := range packets {
		p := packets[i]
		if a.arrive(&p, 0) {
			a.process(&p)
		} else {
			a.put(&p, 0)
		}
		for q, ok := a.next(a.latest - a.back); ok; q, ok = a.next(a.latest - a.back) {
			a.process(&q.packet)
		}
	}
	for q, ok := a.next(endOfTime); ok; q, ok = a.next(endOfTime) {
		a.process(&q.packet)
	}
}

// TestAlign: whatever order packets have in a capture, and whatever their ends' clocks say,
// none is let go before what it acknowledges, and all are.
func TestAlign(t *testing.T) {
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 1))
		truth := exchange(r)
		captured := slices.Clone(truth)
		exact := false // the very order of the truth is to come out
		what := ""
		switch r.IntN(4) {
		case 0:
			what, exact = "in order", true
		case 1:
			what, exact = "by direction", true
			first := end(r.IntN(2))
			slices.SortStableFunc(captured, func(p, q packet) int { return cmp.Compare(p.sender^first, q.sender^first) })
		case 2:
			ahead := []int64{500_000, 5_000_000, 50_000_000}[r.IntN(3)] * (1 - 2*r.Int64N(2))
			what = fmt.Sprintf("end 1 ahead by %d ns", ahead)
			for i := range captured {
				if captured[i].sender == 1 {
					captured[i].at += ahead
				}
			}
			slices.SortStableFunc(captured, func(p, q packet) int { return cmp.Compare(p.at, q.at) })
		case 3:
			what = "out of order"
			for i := range captured { // the SYN stays: a capture may begin with any other packet
				if j := i + r.IntN(20); i > 0 && j < len(captured) {
					captured[i], captured[j] = captured[j], captured[i]
				}
			}
		}
		a := newAlignment(truth)
		a.play(captured)
		if len(a.released) != len(truth) || a.waiting() {
			t.Fatalf("seed %d, %s: %d of %d packets are let go", seed, what, len(a.released), len(truth))
		}
		if exact && !slices.IsSorted(a.released) {
			t.Fatalf("seed %d, %s: %v", seed, what, a.released)
		}
		place := make([]int, len(truth))
		for i, n := range a.released {
			place[n] = i
		}
		for i := range truth {
			for j := range truth[:i] { // what came from the other end before
				if p, q := &truth[i], &truth[j]; p.sender != q.sender && p.isACK && q.segment.Seq != q.ends() && place[j] > place[i] {
					t.Fatalf("seed %d, %s: packet %d comes before packet %d, which it acknowledges", seed, what, i, j)
				}
			}
		}
		if used := a.limits.Budget.Used(); used != 0 {
			t.Fatalf("seed %d, %s: %d bytes are still held", seed, what, used)
		}
	}
}

// TestInOrderNothingWaits: packets in good order are let go as they come, and nothing of them is
// kept.
func TestInOrderNothingWaits(t *testing.T) {
	truth := exchange(rand.New(rand.NewPCG(1, 1)))
	a := newAlignment(truth)
	for i := range truth {
		p := truth[i]
		if !a.arrive(&p, 0) {
			t.Fatalf("packet %d waits", i)
		}
		a.process(&p)
	}
	if a.crooked || a.held != 0 {
		t.Errorf("%d bytes are held", a.held)
	}
}

// TestGivingUp: a packet that the capture lacks holds the other end's only until packets behind it
// have come for long enough.
func TestGivingUp(t *testing.T) {
	truth := exchange(rand.New(rand.NewPCG(7, 1)))
	a := newAlignment(truth)
	lost := 0
	for i := range truth {
		if truth[i].sender == 0 && truth[i].segment.Length > 0 {
			lost = i
			break
		}
	}
	a.play(slices.Delete(slices.Clone(truth), lost, lost+1))
	e, ok := a.blocked()
	if !ok || a.comes(e.other()) {
		t.Fatalf("end %d is blocked: %v", e, ok)
	}
	if a.overdue(e, 0) {
		t.Fatal("it is given up at once")
	}
	a.arrivals += patientPackets + 1
	if !a.overdue(e, 0) {
		t.Fatal("it is not given up")
	}
	a.giveUp(e)
	for e := range twoEnds {
		for _, ok := a.streams[e].Next(); ok; _, ok = a.streams[e].Next() {
		}
	}
	a.play(nil)
	if a.waiting() {
		t.Error("packets still wait")
	}
}
