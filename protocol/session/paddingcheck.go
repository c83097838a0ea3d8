package session

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"anytls-inspect/protocol"
)

// A paddingCheck compares the client's records with its padding scheme (section
// paddingScheme). The wire shows records and not writes, a record that ends where a
// frame does may be a write's last or not, and implementations differ (see consume).
// So the check keeps all places in the scheme that the client can stand at. A record
// is at fault if it fits none of them: then no known way to pad explains it.
type paddingCheck struct {
	schemes []offered // that the client may go by, its own first
	at      []place   // where the next record can stand
	next    []place   // where the one after it can; reused
}

// An offered scheme is one that the client may go by.
type offered struct {
	*protocol.PaddingScheme
	// early says that the server sent it in another session of the client, and not in
	// this one.
	early bool
}

// A place is where in a scheme the client's next record can stand.
type place struct {
	slot   int
	scheme int  // index of schemes; newWrite where a write begins by any of them
	item   int  // index of the slot's sizes; the rest of the payload comes after the last
	filled int  // bytes of this size that came in records before
	spent  bool // the write's payload is used up
	early  bool // a record on the way here fitted a scheme of another session
}

// newWrite stands for the scheme where a write begins: a client looks up its scheme
// then.
const newWrite = -1

const (
	maxPlaces  = 64                                    // the check ends where there are more
	maxOffers  = 4                                     // schemes of one session
	maxPadding = protocol.MaxData - protocol.HeaderLen // the largest size that is checked
	// minFragment is the least size of a record that TLS may have cut off a larger
	// write: crypto/tls begins with records that fit into a TCP segment.
	minFragment = 1000
)

// newPaddingCheck returns a check of a client that goes by a scheme. It returns nil
// where the scheme is nil or can't be checked.
func newPaddingCheck(scheme *protocol.PaddingScheme) *paddingCheck {
	c := &paddingCheck{}
	if scheme == nil || !c.offer(scheme, false) {
		return nil
	}
	// The first write after the preamble has slot 1. jxo-me's client counts from slot 0
	// again.
	c.at = []place{{slot: 1, scheme: newWrite}, {slot: 0, scheme: newWrite}}
	return c
}

// offer adds a scheme that the client may go by from its next write on. early says that
// the server sent it in another session. offer returns false where the scheme can't be
// checked.
func (c *paddingCheck) offer(scheme *protocol.PaddingScheme, early bool) bool {
	if i := slices.IndexFunc(c.schemes, func(o offered) bool { return o.PaddingScheme == scheme }); i >= 0 {
		c.schemes[i].early = c.schemes[i].early && early
		return true
	}
	if len(c.schemes) >= maxOffers || scheme.Flawed || scheme.Stop > protocol.MaxStop {
		return false
	}
	for slot := range scheme.Stop {
		for _, item := range scheme.Slot(slot) {
			if item.Max > maxPadding {
				return false // nobody knows what clients make of it
			}
		}
	}
	c.schemes = append(c.schemes, offered{scheme, early})
	return true
}

// appliedEarly tells whether the records fit only if the client went by a scheme of
// another session.
func (c *paddingCheck) appliedEarly() bool {
	return len(c.at) > 0 && !slices.ContainsFunc(c.at, func(p place) bool { return !p.early })
}

// record takes the client's next record, and returns what is wrong with it, or
// nothing. more says that later records are to be checked too.
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

// open returns the places at which a record can stand: sizes, and rests of payload.
// unshaped says that the client may have passed the scheme's stop.
func (c *paddingCheck) open() (places []place, unshaped bool) {
	for i := 0; i < len(c.at); i++ { // it also visits what it appends
		p := c.at[i]
		switch {
		case p.scheme == newWrite:
			for scheme := range c.schemes {
				c.at = add(c.at, place{slot: p.slot, scheme: scheme, early: p.early})
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
			c.at = add(c.at, place{slot: p.slot + 1, scheme: newWrite, early: p.early})
		case p.item < len(items):
			p.item++
			c.at = add(c.at, p)
		default:
			places = add(places, p)
		}
	}
	return places, false
}

// consume adds the places after a record that stands at p, if the record fits
// there.
func (c *paddingCheck) consume(p place, r shape) {
	p.early = p.early || c.schemes[p.scheme].early
	pass := func(spent bool) {
		c.next = add(c.next, place{slot: p.slot, scheme: p.scheme, item: p.item + 1, spent: spent, early: p.early})
	}
	items := c.schemes[p.scheme].Slot(p.slot)
	if p.item >= len(items) {
		// The rest of the payload goes out as it is, whatever its size. Known clients
		// write whole frames, so a write does not end inside one. But TLS may have cut a
		// long write.
		if r.boundary {
			c.next = add(c.next, place{slot: p.slot + 1, scheme: newWrite, early: p.early})
		}
		if !r.boundary || r.size >= minFragment {
			c.next = add(c.next, p)
		}
		return
	}
	lo, hi := items[p.item].Min, items[p.item].Max // some clients draw the maximum, too
	if p.spent {
		hi += protocol.HeaderLen // the reference does not count the header of a record that is all Waste
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
			pass(false) // the payload was cut to this size
		}
		// The payload ended here. Where no Waste frame fits, nothing is filled in.
		if r.boundary && size >= lo-protocol.HeaderLen && size <= hi {
			pass(true)
		}
	case r.padded && r.boundary && fits && (!all || p.filled > 0):
		pass(true)
	}
}

// add appends a place unless it is there already, or there are too many.
func add(places []place, p place) []place {
	if len(places) > maxPlaces || slices.Contains(places, p) {
		return places
	}
	return append(places, p)
}

// expectation says what the scheme asks for at these places.
func (c *paddingCheck) expectation(places []place) string {
	var asks []string
	for _, p := range places {
		ask := fmt.Sprintf("slot %d asks for ", p.slot)
		item := c.schemes[p.scheme].Slot(p.slot)[p.item] // a size, since any record fits a rest
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

// sizeText returns a size in bytes as people write it.
func sizeText(s protocol.PaddingSize) string {
	if s.Min == s.Max {
		return strconv.Itoa(s.Min)
	}
	return fmt.Sprintf("%d to %d", s.Min, s.Max)
}

// text describes a record.
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
