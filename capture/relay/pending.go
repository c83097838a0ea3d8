package relay

import (
	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/capture/relay/leg"
)

// A pending is what is to be written of a record, while the parts that the gate made of
// it come by, in their order.
type pending struct {
	record   leg.Record // with the gate's headroom in front
	from, to int        // what is to be written, in the record
	at       int        // where the next part begins
}

// newPending returns what is to be written of a record that has the gate's headroom in
// front, before any part of it. The last held bytes of the headroom belong to the parts.
func newPending(r leg.Record, held int) pending {
	at := gate.Headroom - held
	return pending{record: r, from: at, to: at, at: at}
}

// skip passes a part of n bytes that is not written.
func (p *pending) skip(n int) { p.at += n }

// add takes a part of n bytes to what is to be written. Where parts before it are not
// written, what lies before them moves up.
func (p *pending) add(n int) {
	b := p.record.Bytes()
	gap := p.at - p.to
	if gap > 0 {
		copy(b[p.from+gap:], b[p.from:p.to])
	}
	p.from += gap
	p.at += n
	p.to = p.at
}

// all returns what is to be written, in the record's buffer. No part follows.
func (p *pending) all() leg.Record { return p.record.Part(p.from, p.to) }

// split returns a copy of what is to be written so far, since writing a record may change
// what lies around it. The parts that follow are another record.
func (p *pending) split() leg.Record {
	r := leg.NewRecord(p.record.Bytes()[p.from:p.to])
	p.from, p.to = p.at, p.at
	return r
}

// some tells whether there is anything to be written so far.
func (p *pending) some() bool { return p.to > p.from }
