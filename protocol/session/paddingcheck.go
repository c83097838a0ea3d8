package session

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"anytls-inspect/protocol"
)

// A paddingCheck compares the client's records with its padding scheme. On the
// wire there are records, not writes; a record that ends where a frame does may
// be a write's last or not; and implementations differ (see consume). So it keeps
// all places in the scheme that the client can stand at, and reports a record
// that fits none of them: whatever it reports can't be explained by any known
// way to pad.
type paddingCheck struct {
	schemes []*protocol.PaddingScheme // that the client may go by, its own first
	at      []place
	next    []place // reused
}

// A place is where in a scheme the next record of a client comes.
type place struct {
	slot   int
	scheme int  // of schemes; newWrite: a write begins, by any of them
	item   int  // of the slot's sizes; beyond the last: the rest of the payload
	filled int  // bytes of this size that came in records before
	spent  bool // the write's payload is
}

// newWrite stands in for the scheme where a write begins: a client looks up its
// scheme then.
const newWrite = -1

const (
	maxPlaces  = 64 // more are no longer told apart: the check ends
	maxOffers  = 4  // schemes in one session
	maxPadding = protocol.MaxData - protocol.HeaderLen
	// minFragment is the least size of a record that TLS may have made by cutting
	// a larger write: Go's begins with records of one TCP segment.
	minFragment = 1000
)

// newPaddingCheck returns a check of a client that goes by a scheme; nil where
// that can't be checked.
func newPaddingCheck(scheme *protocol.PaddingScheme) *paddingCheck {
	c := &paddingCheck{}
	if scheme == nil || !c.offer(scheme) {
		return nil
	}
	// The first write after the preamble is slot 1; jxo-me's client begins to
	// count with slot 0 again.
	c.at = []place{{slot: 1, scheme: newWrite}, {slot: 0, scheme: newWrite}}
	return c
}

// offer adds a scheme that the client may go by from its next write on. It
// reports false where it can't be checked.
func (c *paddingCheck) offer(scheme *protocol.PaddingScheme) bool {
	if len(c.schemes) >= maxOffers || scheme.Stop > protocol.MaxStop {
		return false
	}
	for slot := range scheme.Stop {
		for _, item := range scheme.Slot(slot) {
			if item.Max > maxPadding {
				return false // what clients make of it is not known
			}
		}
	}
	c.schemes = append(c.schemes, scheme)
	return true
}

// record takes the client's next record. It returns what is wrong with it, if
// anything is; more says that later records are to be checked.
func (c *paddingCheck) record(r shape) (fault string, more bool) {
	places, unshaped := c.open()
	if unshaped || len(c.at) > maxPlaces {
		return "", false
	}
	c.next = c.next[:0]
	for _, p := range places {
		c.consume(p, r)
	}
	if len(c.next) == 0 {
		return fmt.Sprintf("%s, where %s", r.text(), c.expectation(places)), false
	}
	c.at, c.next = c.next, c.at
	return "", len(c.at) <= maxPlaces
}

// open returns the places at which a record can stand: sizes, and rests.
// unshaped says that the client may have passed the scheme's stop.
func (c *paddingCheck) open() (places []place, unshaped bool) {
	for i := 0; i < len(c.at); i++ { // what it appends is looked at too
		p := c.at[i]
		switch {
		case p.scheme == newWrite:
			for scheme := range c.schemes {
				c.at = add(c.at, place{slot: p.slot, scheme: scheme})
			}
			continue
		case p.slot >= c.schemes[p.scheme].Stop:
			return nil, true
		}
		items := c.schemes[p.scheme].Slot(p.slot)
		switch {
		case p.item < len(items) && !items[p.item].Check:
			places = add(places, p)
		case p.spent:
			c.at = add(c.at, place{slot: p.slot + 1, scheme: newWrite})
		case p.item < len(items):
			p.item++
			c.at = add(c.at, p)
		default:
			places = add(places, p)
		}
	}
	return places, false
}

// consume adds the places after a record that stands at p, if it can.
func (c *paddingCheck) consume(p place, r shape) {
	pass := func(spent bool) {
		c.next = add(c.next, place{slot: p.slot, scheme: p.scheme, item: p.item + 1, spent: spent})
	}
	items := c.schemes[p.scheme].Slot(p.slot)
	if p.item >= len(items) {
		// The rest goes out as it is, whatever its size. Known clients write whole
		// frames, so that the write is not over inside one; a long one TLS may have
		// cut.
		if r.boundary {
			c.next = add(c.next, place{slot: p.slot + 1, scheme: newWrite})
		}
		if !r.boundary || r.size >= minFragment {
			c.next = add(c.next, p)
		}
		return
	}
	lo, hi := items[p.item].Min, items[p.item].Max // the maximum is drawn by some
	if p.spent {
		hi += protocol.HeaderLen // a record that is all Waste is a header longer than the size drawn
	}
	size := p.filled + r.size
	if r.size >= minFragment && size < hi {
		longer := p
		longer.filled = size
		c.next = add(c.next, longer)
	}
	fits := size >= lo && size <= hi
	all := r.waste == r.size
	switch {
	case p.spent:
		if all && r.boundary && fits {
			pass(true)
		}
	case r.waste == 0:
		if fits {
			pass(false) // cut there
		}
		// The payload's end; where no Waste frame would fit, nothing is filled in.
		if r.boundary && size >= lo-protocol.HeaderLen && size <= hi {
			pass(true)
		}
	case r.padded && r.boundary && fits && (!all || p.filled > 0):
		pass(true)
	}
}

// add appends a place that is not there yet.
func add(places []place, p place) []place {
	if len(places) > maxPlaces || slices.Contains(places, p) {
		return places
	}
	return append(places, p)
}

// expectation says what the scheme asks for at the places.
func (c *paddingCheck) expectation(places []place) string {
	var asks []string
	for _, p := range places {
		ask := fmt.Sprintf("slot %d asks for ", p.slot)
		item := c.schemes[p.scheme].Slot(p.slot)[p.item] // no rest: anything fits one
		switch {
		case p.spent:
			ask += sizeText(protocol.PaddingSize{Min: item.Min, Max: item.Max + protocol.HeaderLen}) + ", all Waste"
		case p.filled > 0:
			ask += sizeText(item) + fmt.Sprintf(" of which %d came", p.filled)
		default:
			ask += sizeText(item)
		}
		if !slices.Contains(asks, ask) {
			asks = append(asks, ask)
		}
	}
	return strings.Join(asks, ", or ")
}

// sizeText returns a size as people write it, in bytes.
func sizeText(s protocol.PaddingSize) string {
	if s.Min == s.Max {
		return strconv.Itoa(s.Min)
	}
	return fmt.Sprintf("%d to %d", s.Min, s.Max)
}

// text says what a record was.
func (r shape) text() string {
	switch {
	case r.waste == r.size:
		return fmt.Sprintf("a record of %d bytes, all Waste", r.size)
	case r.waste > 0:
		return fmt.Sprintf("a record of %d bytes, %d of them Waste", r.size, r.waste)
	default:
		return fmt.Sprintf("a record of %d bytes without Waste", r.size)
	}
}
