package replay

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A layer is where the number stands that says what a packet is.
type layer uint8

const (
	noLayer     layer = iota // nothing says it
	byLink                   // the LINKTYPE_ number of its interface
	byEtherType              // an EtherType, of Ethernet or of what has such, too
	byProtocol               // the protocol in an IP header
	byPort                   // a UDP port
	byPPP                    // the protocol in a PPP header
	tooDeep                  // it is in too many encapsulations
)

// A kind is what a packet is that is left out.
type kind struct {
	layer  layer
	number uint16
}

// maxKinds is how many kinds are counted apart. Those that come later count as the zero
// kind: hostile captures have any.
const maxKinds = 256

// counts say how many packets of a capture had which outcome.
type counts struct {
	all, tcp, cutHeaders, damaged, forged, otherLeg uint64
	others                                          map[kind]uint64

	legs bool // one of the other leg is of a leg: the capture is a recording

	// cut are the packets whose payload is not all there, and mirrored those that were so short
	// already when they were captured.
	cut, mirrored uint64
	size          int // of the longest that is cut, as far as it was captured
}

// leaveOut counts a packet of another kind.
func (c *counts) leaveOut(k kind) {
	if _, known := c.others[k]; !known && len(c.others) >= maxKinds {
		k = kind{}
	}
	c.others[k]++
}

// lacks counts a packet of TCP whose payload is not all there.
func (c *counts) lacks(captured, length int) {
	if captured >= length {
		c.mirrored++
		return
	}
	c.cut++
	c.size = max(c.size, captured)
}

// warnings says what of the capture was left out. whole says that it was read to
// its end.
func (s *sorter) warnings(whole bool) (warnings []string) {
	c, f := &s.count, s.decoder.fragments
	warn := func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }
	if n := f.waiting(); n > 0 {
		warn("%s had no others: the bytes in %s are missing", amount(n, "IP fragment"), pick(n, "it", "them"))
	}
	if n := c.cut + f.cut; n > 0 {
		warn("%s cut to %d bytes or less, so that bytes are missing: capture with tcpdump -s 0 (in Wireshark without a snapshot length)",
			isOrAre(n), max(c.size, f.size))
	}
	if c.mirrored > 0 {
		warn("%s shorter than the headers say, though not cut by the capture, so that bytes are missing: does a mirror port or a tunnel cut them?", isOrAre(c.mirrored))
	}
	if c.cutHeaders > 0 {
		warn("%s left out: %s headers are cut; capture with a longer snap length (tcpdump -s 0)", wasOrWere(c.cutHeaders), pick(c.cutHeaders, "its", "their"))
	}
	if c.damaged > 0 {
		warn("%s left out: %s headers are damaged", wasOrWere(c.damaged), pick(c.damaged, "its", "their"))
	}
	if c.forged > 0 {
		warn("%s left out, though of TCP: a reset or SYN with a bad checksum, of a sender whose others are good", wasOrWere(c.forged))
	}
	for _, k := range c.kinds() {
		if why := k.unread(); why != "" {
			warn("%s left out: %s", wasOrWere(c.others[k]), why)
		}
	}
	switch {
	case c.otherLeg > 0 && c.otherLeg == c.all:
		why := "only recordings of the relay have legs"
		if c.legs {
			why = "the recording has the other leg alone"
		}
		warn("no packet is of the %s leg: %s", s.leg, why)
	case c.all > 0 && c.tcp == 0:
		warn("none of the %d packets is TCP%s", c.all, c.instead())
	case c.all == 0 && whole:
		warn("there are no packets in the capture")
	}
	return warnings
}

// kinds returns the kinds of what was left out, the most frequent first.
func (c *counts) kinds() []kind {
	return slices.SortedFunc(maps.Keys(c.others), func(a, b kind) int {
		return cmp.Or(cmp.Compare(c.others[b], c.others[a]), cmp.Compare(a.layer, b.layer), cmp.Compare(a.number, b.number))
	})
}

// maxInstead is how many kinds are named where there is no TCP.
const maxInstead = 5

// instead says what the packets are, where none is TCP.
func (c *counts) instead() string {
	var parts []string
	kinds, rest := c.kinds(), uint64(0)
	for i, k := range kinds {
		if n := c.others[k]; i < maxInstead {
			parts = append(parts, fmt.Sprintf("%d %s %s", n, pick(n, "is", "are"), k))
		} else {
			rest += n
		}
	}
	if rest > 0 {
		parts = append(parts, fmt.Sprintf("%d %s others", rest, pick(rest, "is", "are")))
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// amount returns a number with its noun.
func amount(n uint64, noun string) string { return fmt.Sprintf("%d %s%s", n, noun, pick(n, "", "s")) }

// wasOrWere and isOrAre begin a sentence about packets.
func wasOrWere(n uint64) string { return amount(n, "packet") + pick(n, " was", " were") }
func isOrAre(n uint64) string   { return amount(n, "packet") + pick(n, " is", " are") }

// pick returns one of two words, as the number wants it.
func pick(n uint64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
