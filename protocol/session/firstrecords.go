package session

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"anytls-inspect/protocol"
)

// An opening follows the client's first TLS records, whose boundaries carry
// meaning: that of the preamble, and those that the padding scheme shapes. A
// tracker has one until nothing depends on the boundaries any more, so that the
// records after that cost nothing.
type opening struct {
	record  shape         // the record that is being received
	parts   []int         // how much of the preamble each record brought, the first ones
	records int           // that brought some
	greeted bool          // the preamble is complete
	frames  bool          // in the record that completed it frames followed
	early   []shape       // records after the preamble, while the scheme is not known
	padding *paddingCheck // nil until the Settings are known
}

// A shape is what counts of a TLS record: its size, and where its Waste is.
type shape struct {
	size     int  // bytes of plaintext
	waste    int  // of these, of Waste frames
	padded   bool // it ends with Waste
	boundary bool // it ends where a frame does
	auth     bool // it brought a part of the preamble
	header   int  // bytes of a frame's header at its end, as far as the header came
}

const (
	maxParts = 8  // of a preamble that are told apart
	maxEarly = 16 // records before the client's scheme is known
)

// add takes a piece of the record, of n bytes. A nil opening, of which nothing
// depends any more, takes none.
func (o *opening) add(p *protocol.Piece, n int) {
	if o == nil {
		return
	}
	r := &o.record
	r.size += n
	r.boundary = p.Last
	r.padded = p.Kind == protocol.PieceFrame && p.Header.Command == protocol.Waste
	switch {
	case p.Kind == protocol.PieceNone:
		r.header += n
	case r.padded:
		r.waste += r.header + n
		r.header = 0
	default:
		r.header = 0
	}
	if !o.greeted {
		r.auth = true
		if p.Kind == protocol.PiecePreamble && p.Last {
			o.greeted = true
			o.part(r.size)
		}
	} else if r.auth {
		o.frames = true
	}
}

// recordEnded takes the end of a record of the client.
func (t *Tracker) recordEnded() {
	o := t.opening
	if o == nil { // nothing depended on the record's end any more
		return
	}
	r := o.record
	o.record = shape{}
	switch {
	case r.auth && !o.greeted:
		o.part(r.size)
	case r.auth && o.frames:
		// Nothing can be said of what the scheme made of the first frames.
		t.opening = nil
	case r.auth:
	case o.padding == nil:
		o.early = append(o.early, r)
		if len(o.early) > maxEarly {
			t.opening = nil
		}
	default:
		t.shaped(r)
	}
}

// part notes that a record brought n bytes of the preamble.
func (o *opening) part(n int) {
	o.records++
	if len(o.parts) < maxParts {
		o.parts = append(o.parts, n)
	}
}

// shaped compares a record, and those that waited for the scheme to be known,
// with the scheme.
func (t *Tracker) shaped(r shape) {
	o := t.opening
	for _, early := range append(o.early, r) {
		fault, more := o.padding.record(early)
		if fault != "" {
			t.diagnose(CodePaddingViolation, 0, protocol.ClientToServer, fault)
		}
		if !more {
			t.opening = nil
			return
		}
	}
	o.early = nil
}

// settle tells the opening which scheme the client goes by.
func (t *Tracker) settle(scheme *protocol.PaddingScheme) {
	if t.opening == nil || t.opening.padding != nil {
		return
	}
	t.opening.padding = newPaddingCheck(scheme)
	if t.opening.padding == nil {
		t.opening = nil
	}
}

// offer tells the opening of a scheme that the client may go by from now on.
func (t *Tracker) offer(scheme *protocol.PaddingScheme) {
	if t.opening != nil && t.opening.padding != nil && !t.opening.padding.offer(scheme) {
		t.opening = nil
	}
}

// split reports a preamble that is complete, and came in several records.
func (t *Tracker) split() {
	if t.opening == nil || t.opening.records < 2 {
		return
	}
	t.diagnose(CodeAuthSplit, 0, protocol.ClientToServer,
		fmt.Sprintf("the preamble came in %d records: %s bytes", t.opening.records, t.opening.sizes()))
}

// cutPreamble reports a preamble that was not complete when the session ended,
// where it is clear that it is one and that a record ended inside it: a server
// that reads once closes before the rest can come.
func (t *Tracker) cutPreamble() {
	o := t.opening
	if o == nil || o.greeted || len(o.parts) == 0 {
		return
	}
	// Known clients write the hash, the length and padding0 each by itself.
	if first := o.parts[0]; first != sha256.Size && first != protocol.PreambleLen {
		return
	}
	if o.record.size > 0 {
		o.part(o.record.size)
	}
	t.diagnose(CodeAuthSplit, 0, protocol.ClientToServer,
		"the session ended inside the preamble, after records of "+o.sizes()+" bytes")
}

// sizes lists how much of the preamble each record brought.
func (o *opening) sizes() string {
	sizes := make([]string, len(o.parts))
	for i, n := range o.parts {
		sizes[i] = strconv.Itoa(n)
	}
	if o.records > len(o.parts) {
		sizes = append(sizes, "…")
	}
	return strings.Join(sizes, ", ")
}
