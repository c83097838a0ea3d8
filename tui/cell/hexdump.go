package cell

import (
	"fmt"
	"strings"
)

const hexDigits = "0123456789abcdef"

// A Hexdump is bytes as offset, hex and ASCII. Of long data only the lines on
// the screen are made.
type Hexdump struct {
	data     []byte
	redacted bool // the bytes are not to be shown, only how many they are
	perLine  int
}

// NewHexdump lays the bytes out for so many cells: 16 a line, or 8, or 4.
func NewHexdump(data []byte, redacted bool, cells int) Hexdump {
	d := Hexdump{data: data, redacted: redacted, perLine: 16}
	for d.perLine > 4 && d.width() > cells {
		d.perLine /= 2
	}
	return d
}

// Width returns the cells that a line takes: the offset, the bytes with a wider
// gap after each eight, the characters.
func (d Hexdump) width() int { return 6 + d.perLine*3 + d.perLine/8 + 1 + d.perLine }

func (d Hexdump) Lines() int { return (len(d.data) + d.perLine - 1) / d.perLine }

// Line returns the i-th line.
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
			// Only ASCII: a byte is not a character anywhere else, and what
			// does not print is not to reach the terminal.
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
