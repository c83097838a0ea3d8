package keylog

import (
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// utf16Of returns the encoding of a text that begins with these two bytes, nil where it is
// not UTF-16. A text of two bytes each has a byte order mark, or begins with a character of
// ASCII, which has a zero.
func utf16Of(first, second byte) encoding.Encoding {
	switch {
	case first == 0xff && second == 0xfe, first != 0 && second == 0:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case first == 0xfe && second == 0xff, first == 0 && second != 0:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	return nil
}

// A textDecoder finds out by the first two bytes of a text whether that is UTF-16, and hands
// on what it reads.
type textDecoder struct {
	first   []byte // what has come of the two
	known   bool   // they have come
	utf16   encoding.Encoding
	decoder *transform.Writer // nil where the text is not UTF-16
}

// write hands b on to the parser's lines.
func (d *textDecoder) write(b []byte, p *Parser) {
	if !d.known {
		n := min(2-len(d.first), len(b))
		d.first = append(d.first, b[:n]...)
		if b = b[n:]; len(d.first) < 2 {
			return
		}
		d.known = true
		if d.utf16 = utf16Of(d.first[0], d.first[1]); d.utf16 != nil {
			p.stats.UTF16 = true
			d.decoder = transform.NewWriter(lines{p}, d.utf16.NewDecoder())
		}
		d.pass(d.first, p)
	}
	d.pass(b, p)
}

func (d *textDecoder) pass(b []byte, p *Parser) {
	if d.decoder == nil {
		p.take(b)
		return
	}
	_, _ = d.decoder.Write(b) // neither the decoder nor lines fails
}

// close hands on what is there of a character that is cut.
func (d *textDecoder) close(p *Parser) {
	switch {
	case !d.known:
		p.take(d.first)
		d.known, d.first = len(d.first) > 0, nil
	case d.decoder != nil:
		_ = d.decoder.Close()
		d.decoder = transform.NewWriter(lines{p}, d.utf16.NewDecoder())
	}
}

// lines is a parser for the text behind the decoder.
type lines struct{ p *Parser }

// Write implements [io.Writer].
func (l lines) Write(b []byte) (int, error) {
	l.p.take(b)
	return len(b), nil
}
