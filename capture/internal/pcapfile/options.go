package pcapfile

import "strings"

// The pcapng options that are read (draft-ietf-opsawg-pcapng, sections 3.5 and
// 4.2).
const (
	optEnd         = 0
	optComment     = 1
	optName        = 2  // of an interface
	optDescription = 3  // of an interface
	optResolution  = 9  // of an interface's time stamps
	optOffset      = 14 // of an interface's time stamps, in seconds
)

// microseconds is the if_tsresol of an interface that has none.
const microseconds = 6

// describe returns what the body of an Interface Description Block says, which has
// 8 bytes at least.
func (w *pcapng) describe(body []byte) *Interface {
	i := &Interface{LinkType: w.order.Uint16(body), snap: w.order.Uint32(body[4:])}
	options := body[8:]
	i.Name = text(w.option(options, optName))
	i.Description = text(w.option(options, optDescription))
	tsresol, tsoffset := byte(microseconds), int64(0)
	if v := w.option(options, optResolution); len(v) == 1 {
		tsresol = v[0]
	}
	if v := w.option(options, optOffset); len(v) == 8 {
		tsoffset = int64(w.order.Uint64(v))
	}
	i.ticks = newResolution(tsresol, tsoffset)
	return i
}

// option returns the value of the first option with this code in b, nil where there
// is none. An option that makes no sense ends the list: its block is good without
// it.
func (w *pcapng) option(b []byte, code uint16) []byte {
	for len(b) >= 4 {
		got, length := w.order.Uint16(b), int(w.order.Uint16(b[2:]))
		if got == optEnd || length > len(b)-4 {
			return nil
		}
		if got == code {
			return b[4 : 4+length : 4+length]
		}
		b = b[min(4+(length+3)&^3, len(b)):]
	}
	return nil
}

// text returns the value of a string option. Some writers end it with a zero byte.
func text(b []byte) string { return strings.TrimRight(string(b), "\x00") }
