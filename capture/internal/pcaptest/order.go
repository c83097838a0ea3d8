package pcaptest

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"anytls-inspect/protocol"
)

// Skew returns the capture as two taps make it whose clocks differ: one end's packets are
// this much later, and all are sorted by time.
func (c Capture) Skew(by protocol.Peer, d time.Duration) Capture {
	out := Capture{Link: c.Link, Packets: slices.Clone(c.Packets)}
	for i, v := range c.views() {
		if v.ok && v.from == by {
			out.Packets[i].At = out.Packets[i].At.Add(d)
		}
	}
	slices.SortStableFunc(out.Packets, func(a, b Packet) int { return a.At.Compare(b.At) })
	return out
}

// ByDirection returns the capture with all packets of one end before those of the other, as
// where the captures of two taps are put one behind the other. Times stay the packets'.
func (c Capture) ByDirection(first protocol.Peer) Capture {
	return c.rank(func(_ int, v *view) int {
		if !v.ok || v.from == first {
			return 0
		}
		return 1
	})
}

// Shuffle returns the capture with packets that come up to so many places too late, as from
// a network card with several queues. Times stay the packets'.
func (c Capture) Shuffle(seed uint64, within int) Capture {
	r := rand.New(rand.NewPCG(seed, 0))
	return c.rank(func(i int, _ *view) int { return i + r.IntN(within+1) })
}

// rank sorts the packets by a rank.
func (c Capture) rank(of func(i int, v *view) int) Capture {
	type ranked struct {
		Packet
		rank int
	}
	all := make([]ranked, len(c.Packets))
	for i, v := range c.views() {
		all[i] = ranked{c.Packets[i], of(i, &v)}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	out := Capture{Link: c.Link}
	for _, p := range all {
		out.Packets = append(out.Packets, p.Packet)
	}
	return out
}

// Restamp returns the capture with its times sorted, and the packets in the order that they
// had: where that was changed, it looks as if they had been sent so.
func (c Capture) Restamp() Capture {
	out := Capture{Link: c.Link, Packets: slices.Clone(c.Packets)}
	times := make([]time.Time, len(out.Packets))
	for i, p := range out.Packets {
		times[i] = p.At
	}
	slices.SortFunc(times, time.Time.Compare)
	for i := range out.Packets {
		out.Packets[i].At = times[i]
	}
	return out
}

// OnlyFrom returns the packets of one end, and what is not TCP.
func (c Capture) OnlyFrom(end protocol.Peer) Capture {
	out := Capture{Link: c.Link}
	for i, v := range c.views() {
		if !v.ok || v.from == end {
			out.Packets = append(out.Packets, c.Packets[i])
		}
	}
	return out
}

// LoseThenResend returns the capture as if some packets, by their numbers from 0, had been
// lost before the tap, and been sent again as late as TCP allows: right before the other end
// acknowledges them. One that is never acknowledged stays where it is.
func (c Capture) LoseThenResend(numbers ...int) Capture {
	views := c.views()
	place := make([]int, len(c.Packets))
	for i := range place {
		place[i] = 2 * i
	}
	for _, n := range numbers {
		if n < 0 || n >= len(views) || !views[n].ok {
			continue
		}
		lost := &views[n]
		for i := n + 1; i < len(views); i++ {
			v := &views[i]
			if v.ok && v.connection == lost.connection && v.from != lost.from && v.acknowledges &&
				int32(v.ack-lost.next()) >= 0 {
				place[n] = 2*i - 1
				break
			}
		}
	}
	out := c.rank(func(i int, _ *view) int { return place[i] })
	return out.Restamp()
}
