package cell

import (
	"fmt"
	"strings"
)

const hexDigits = "0123456789abcdef"

// A Hexdump shows bytes as offset, hex and ASCII. It makes a line when it is
// asked for one: of long data, only the lines on the screen.
type Hexdump struct {
	data     []byte // the caller's
	redacted bool
	perLine  int // bytes
}

// NewHexdump lays data out for so many cells: 16 bytes a line, or 8, or 4. Where
// it is redacted, the dump shows how many bytes there are, and hides which. The
// data is not copied, and must not change.
func NewHexdump(data []byte, redacted bool, cells int) Hexdump {
	d := Hexdump{data: data, redacted: redacted, perLine: 16}
	for d.perLine > 4 && d.width() > cells {
		d.perLine /= 2
	}
	return d
}

// width returns how many cells a line takes: the offset, the bytes with a wider
// gap after each eight, the characters.
func (d Hexdump) width() int { return 6 + d.perLine*3 + d.perLine/8 + 1 + d.perLine }

// Lines returns how many lines there are.
func (d Hexdump) Lines() int { return (len(d.data) + d.perLine - 1) / d.perLine }

// Line returns line i, from 0 on, in exactly so many cells.
func (d Hexdump) Line(p *Palette, i, cells int) string {
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
			// Only in ASCII is a byte a character.
			if c < ' ' || c > '~' {
				text.WriteString("·")
			} else {
				text.WriteByte(c)
			}
		}
	}
	return Line(p, []Span{
		p.Dim.Span(fmt.Sprintf(" %04x ", from)), p.Text.Span(hex.String()), p.Dim.Span(" "), p.Stream.Span(text.String()),
	}, cells)
}
