package tui

import (
	"fmt"
	"strings"
)

const hexDigits = "0123456789abcdef"

// A hexdump is bytes as offset, hex and ASCII. Of long data only the lines on
// the screen are made.
type hexdump struct {
	data     []byte
	redacted bool // the bytes are not to be shown, only how many they are
	perLine  int
}

// newHexdump lays the bytes out for so many cells: 16 a line, or 8, or 4.
func newHexdump(data []byte, redacted bool, cells int) hexdump {
	d := hexdump{data: data, redacted: redacted, perLine: 16}
	for d.perLine > 4 && d.width() > cells {
		d.perLine /= 2
	}
	return d
}

// width returns the cells that a line takes: the offset, the bytes with a wider
// gap after each eight, the characters.
func (d hexdump) width() int { return 6 + d.perLine*3 + d.perLine/8 + 1 + d.perLine }

func (d hexdump) lines() int { return (len(d.data) + d.perLine - 1) / d.perLine }

// line returns the i-th line.
func (d hexdump) line(p *palette, i, cells int) string {
	from := i * d.perLine
	part := d.data[from:min(from+d.perLine, len(d.data))]
	var hex, text strings.Builder
	for n := range d.perLine {
		if n%8 == 0 {
			hex.WriteByte(' ')
		}
		switch {
		case n >= len(part):
			hex.WriteString("   ")
		case d.redacted:
			hex.WriteString("·· ")
			text.WriteString("·")
		default:
			c := part[n]
			hex.Write([]byte{hexDigits[c>>4], hexDigits[c&15], ' '})
			// Only ASCII: a byte is not a character anywhere else, and what
			// does not print is not to reach the terminal.
			if c < ' ' || c > '~' {
				text.WriteString("·")
			} else {
				text.WriteByte(c)
			}
		}
	}
	return line(p, []span{
		p.dim.span(fmt.Sprintf(" %04x ", from)), p.text.span(hex.String()), p.dim.span(" "), p.stream.span(text.String()),
	}, cells)
}
