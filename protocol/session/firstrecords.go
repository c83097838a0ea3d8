package session

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"anytls-inspect/protocol"
)

// firstRecords are the client's first TLS records, whose boundaries carry meaning. A
// server may read the preamble with one call (section Authentication), and the
// padding scheme says how long the records after it are (section paddingScheme). A
// tracker has them until nothing depends on boundaries any more, so that later
// records cost nothing.
type firstRecords struct {
	record  shape         // of the record that is being received
	parts   []int         // bytes of the preamble in each record, of the first few
	records int           // records with a part of the preamble
	greeted bool          // the preamble is complete
	frames  bool          // frames followed in the record that completed it
	early   []shape       // records after the preamble, while the scheme is not known
	padding *paddingCheck // nil until the Settings are known
	applied bool          // that a scheme of another session was applied was said
}

// A shape is what the checks need to know of a TLS record.
type shape struct {
	size     int  // bytes of plaintext
	waste    int  // bytes of it in Waste frames
	padded   bool // it ends with Waste
	boundary bool // it ends where a frame does
	auth     bool // it brought a part of the preamble
	header   int  // bytes at its end of a header that is not complete
}

const (
	maxParts = 8  // lengths of a preamble's parts that are kept
	maxEarly = 16 // records that wait for the client's scheme to be known
)

// add takes a piece of the record, of n bytes. Once nothing depends on boundaries
// any more f is nil, and takes nothing.
func (f *firstRecords) add(p *protocol.Piece, n int) {
	if f == nil {
		return
	}
	r := &f.record
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
	if !f.greeted {
		r.auth = true
		if p.Kind == protocol.PiecePreamble && p.Last {
			f.greeted = true
			f.part(r.size)
		}
	} else if r.auth {
		f.frames = true
	}
}

// recordEnded takes the end of the client's record.
func (t *Tracker) recordEnded() {
	f := t.first
	if f == nil { // nothing depends on boundaries any more
		return
	}
	r := f.record
	f.record = shape{}
	switch {
	case r.auth && !f.greeted:
		f.part(r.size)
	case r.auth && f.frames:
		// The preamble and the first frames share a record, so that no record shows how
		// the scheme shaped the frames.
		t.first = nil
	case r.auth:
	case f.padding == nil:
		f.early = append(f.early, r)
		if len(f.early) > maxEarly {
			t.first = nil
		}
	default:
		t.shaped(r)
	}
}

// part notes that a record brought n bytes of the preamble.
func (f *firstRecords) part(n int) {
	f.records++
	if len(f.parts) < maxParts {
		f.parts = append(f.parts, n)
	}
}

// shaped compares a record with the scheme, after those that waited for the scheme
// to be known.
func (t *Tracker) shaped(r shape) {
	f := t.first
	if t.member.schemeUnknown() {
		t.first = nil
		return
	}
	if sibling := t.cfg.Schemes.Lookup(t.member.siblingScheme()); sibling != nil && !f.padding.offer(sibling, true) {
		t.first = nil
		return
	}
	for _, early := range append(f.early, r) {
		fault, more := f.padding.record(early)
		if fault != "" {
			t.diagnose(CodePaddingViolation, 0, protocol.ClientToServer, fault)
		}
		if !f.applied && fault == "" && f.padding.appliedEarly() {
			f.applied = true
			t.diagnose(CodePaddingEarly, 0, protocol.ClientToServer, fmt.Sprintf(
				"%s: it fits only scheme %s, which the server sent the client in another session, and which it applies here too",
				early.text(), short(t.member.siblingScheme())))
		}
		if !more {
			t.first = nil
			return
		}
	}
	f.early = nil
}

// schemeKnown takes the scheme that the client goes by, nil where it is not known.
func (t *Tracker) schemeKnown(scheme *protocol.PaddingScheme) {
	if t.first == nil || t.first.padding != nil {
		return
	}
	if t.inOrder() {
		t.first.padding = newPaddingCheck(scheme)
	}
	if t.first.padding == nil {
		t.first = nil
	}
}

// schemeOffered takes a scheme that the client may go by from now on, nil where it is not
// known.
func (t *Tracker) schemeOffered(scheme *protocol.PaddingScheme) {
	if t.first != nil && t.first.padding != nil && (scheme == nil || !t.first.padding.offer(scheme, false)) {
		t.first = nil
	}
}

// preambleSplit says in words how a complete preamble came in several records. It is empty
// where it came in one.
func (t *Tracker) preambleSplit() string {
	if t.first == nil || t.first.records < 2 {
		return ""
	}
	return fmt.Sprintf("the preamble came in %d records: %s bytes", t.first.records, t.first.sizes())
}

// preambleCut takes note of a preamble that was not complete when the session ended. A
// server that reads once closes before the rest can come. It must be clear that
// this is a preamble, and that a record ended inside it.
func (t *Tracker) preambleCut() {
	f := t.first
	if f == nil || f.greeted || len(f.parts) == 0 {
		return
	}
	// Known clients that split it write the hash, the length and padding0 each by
	// itself.
	if first := f.parts[0]; first != sha256.Size && first != protocol.PreambleLen {
		return
	}
	if f.record.size > 0 {
		f.part(f.record.size)
	}
	t.verdict.split = "the session ended inside the preamble, after records of " + f.sizes() + " bytes"
}

// sizes lists how much of the preamble each record brought.
func (f *firstRecords) sizes() string {
	sizes := make([]string, len(f.parts))
	for i, n := range f.parts {
		sizes[i] = strconv.Itoa(n)
	}
	if f.records > len(f.parts) {
		sizes = append(sizes, "…")
	}
	return strings.Join(sizes, ", ")
}
