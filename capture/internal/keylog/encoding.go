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

// A byteOrder finds out by the first two bytes of a text whether that is UTF-16, and hands
// on what it reads.
type byteOrder struct {
	first   []byte // what has come of the two
	known   bool   // they have come
	utf16   encoding.Encoding
	decoder *transform.Writer // nil where the text is not UTF-16
}

// write hands b on to the parser's lines.
func (o *byteOrder) write(b []byte, p *Parser) {
	if !o.known {
		n := min(2-len(o.first), len(b))
		o.first = append(o.first, b[:n]...)
		if b = b[n:]; len(o.first) < 2 {
			return
		}
		o.known = true
		if o.utf16 = utf16Of(o.first[0], o.first[1]); o.utf16 != nil {
			p.stats.UTF16 = true
			o.decoder = transform.NewWriter(lines{p}, o.utf16.NewDecoder())
		}
		o.pass(o.first, p)
	}
	o.pass(b, p)
}

func (o *byteOrder) pass(b []byte, p *Parser) {
	if o.decoder == nil {
		p.take(b)
		return
	}
	_, _ = o.decoder.Write(b) // neither the decoder nor lines fails
}

// close hands on what is there of a character that is cut.
func (o *byteOrder) close(p *Parser) {
	switch {
	case !o.known:
		p.take(o.first)
		o.known, o.first = len(o.first) > 0, nil
	case o.decoder != nil:
		_ = o.decoder.Close()
		o.decoder = transform.NewWriter(lines{p}, o.utf16.NewDecoder())
	}
}

// lines is a parser for the text behind the decoder.
type lines struct{ p *Parser }

// Write implements [io.Writer].
func (l lines) Write(b []byte) (int, error) {
	l.p.take(b)
	return len(b), nil
}
