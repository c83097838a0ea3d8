package traffic

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"anytls-inspect/capture/report"
)

// datagramSizes are the sizes that take turns. A round of them is under way at once, which no
// socket's buffer is too small for.
func datagramSizes() []int { return []int{1, 100, 1200, 8000} }

// A flight is a datagram that was sent, and what came of it.
type flight struct {
	number int // counted from 1
	data   []byte
	back   bool
	late   bool
	wrong  string // what is wrong with it; empty: nothing
}

// Datagrams sends n datagrams of several sizes to our own target by SOCKS UDP ASSOCIATE, each of
// which has to come back once, in any order. A URL gets none. Those that are under way when ctx
// ends do not count.
func (p *Proxy) Datagrams(ctx context.Context, n int) report.Traffic {
	var t tally
	if !p.Own() || n <= 0 || ctx.Err() != nil {
		return t.Traffic
	}
	a, err := p.associate(ctx)
	if err != nil {
		// None could be sent, for one reason, which is told once.
		if !isEnded(err) {
			t.Requests, t.Failed, t.Failures = uint64(n), uint64(n), []string{err.Error()}
		}
		return t.Traffic
	}
	defer a.Close()
	f := flights{association: a, to: p.target.udpAddr(), limits: p.limits}
	f.fly(ctx, n)
	for _, d := range f.all {
		text := d.wrong
		if !d.back && text == "" {
			continue // the run ended
		}
		if text != "" {
			t.count(d.name(), 0, failed("%s", text))
			continue
		}
		t.count(d.name(), int64(len(d.data)), nil)
	}
	return t.Traffic
}

// associate asks for an association within the limit of a request.
func (p *Proxy) associate(ctx context.Context) (*association, error) {
	within, cancel := limited(ctx, p.limits.request, p.limits.grace)
	defer cancel()
	a, err := associate(within, p.socks)
	if err != nil {
		return nil, explain(within, err)
	}
	return a, nil
}

// flights are the datagrams that were sent by an association.
type flights struct {
	*association
	to     netip.AddrPort
	limits limits
	all    []*flight
	odd    string // what arrived last that belongs to none
}

// fly sends n datagrams in rounds, each when all of the one before are back or given up.
func (f *flights) fly(ctx context.Context, n int) {
	sizes := datagramSizes()
	for len(f.all) < n {
		first := len(f.all)
		for len(f.all) < min(n, first+len(sizes)) {
			d := newFlight(len(f.all)+1, sizes[len(f.all)-first])
			f.all = append(f.all, d)
			if err := f.send(f.to, d.data); err != nil {
				d.wrong = "it can't be sent: " + plain(err)
			}
		}
		round := f.all[first:]
		if !f.gather(ctx, f.limits.datagram, func() bool { return allSettled(round) }) {
			return
		}
		for _, d := range round {
			if !d.settled() {
				d.late, d.wrong = true, f.missing()
			}
		}
	}
	f.gather(ctx, f.limits.linger, func() bool { return false })
}

// gather takes what arrives, until it is enough, or for so long. It returns false when ctx ends.
func (f *flights) gather(ctx context.Context, limit time.Duration, enough func() bool) bool {
	over := time.NewTimer(limit)
	defer over.Stop()
	for !enough() {
		select {
		case d := <-f.in:
			f.take(d)
		case <-f.gone:
			f.odd = "the client's SOCKS inbound closed the association"
			return true
		case <-over.C:
			return true
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// missing says why a datagram did not come back.
func (f *flights) missing() string {
	if f.odd != "" {
		return "it did not come back: " + f.odd
	}
	return fmt.Sprintf("it did not come back within %g s", f.limits.datagram.Seconds())
}

// take finds which datagram came back, and notes what is wrong with it.
func (f *flights) take(got datagram) {
	if got.bad != nil {
		f.odd = plain(got.bad)
		return
	}
	var twice, other *flight
	for _, d := range f.all {
		switch same := bytes.Equal(got.data, d.data); {
		case same && !d.back:
			d.arrive(got.from, f.to)
			return
		case same:
			twice = d
		case !d.settled() && len(got.data) == len(d.data):
			other = d
		}
	}
	switch {
	case twice != nil:
		twice.wrong = "it came back twice"
	case other != nil:
		other.wrong = "it came back with other bytes"
	default:
		f.odd = fmt.Sprintf("%d bytes arrived that were not sent", len(got.data))
	}
}

// newFlight returns a datagram with content of its own. Those of one byte differ from their
// neighbours.
func newFlight(number, size int) *flight {
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(rand.Uint32())
	}
	data[0] = byte(number)
	return &flight{number: number, data: data}
}

func (d *flight) name() string { return fmt.Sprintf("datagram %d (%d B)", d.number, len(d.data)) }

// settled tells whether nothing is waited for.
func (d *flight) settled() bool { return d.back || d.wrong != "" }

// arrive notes that the datagram came back, as from a sender: the zero one is by name.
func (d *flight) arrive(from, sent netip.AddrPort) {
	d.back = true
	switch {
	case d.late:
		d.wrong = "it came back, but too late"
	case from.IsValid() && from != sent:
		d.wrong = fmt.Sprintf("it came back as if it were from %v, not %v", from, sent)
	}
}

func allSettled(round []*flight) bool {
	for _, d := range round {
		if !d.settled() {
			return false
		}
	}
	return true
}
