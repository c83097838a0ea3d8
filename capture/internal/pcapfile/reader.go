package pcapfile

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// A Reader reads a capture. It is for one goroutine.
type Reader struct {
	// ReadSize is about how many bytes are asked for at once, and so how large a
	// run of packets is at most; 128 KiB where it is 0.
	ReadSize int

	input  counter   // counts what is read of the input
	r      io.Reader // the input, decompressed
	walker walker
	ended  error // what the input ended with
	err    error // what Next returns from now on

	tail   []byte // of the last chunk: the block that it ended in
	offset int64  // of tail in the capture
	skip   int64  // bytes of a block that is left out
}

// A walker knows one file format.
type walker interface {
	// walk adds the packets and secrets of the whole records or blocks at the
	// start of b, which is at this offset, to the chunk. It returns how many
	// bytes it took, more than b holds where a block is to be left out; fewer
	// where the rest is not a whole block.
	walk(c *Chunk, b []byte, offset int64) (n int64, err error)
	// begun returns where the record or block begins that goes on at this offset,
	// or begins there.
	begun(offset int64) int64
}

// magicLen is how many bytes tell the formats apart.
const magicLen = 4

// NewReader returns a reader for the capture that r is at the start of. It reads
// the first few bytes of it; that it blocks until they come is fine for a pipe.
// It fails with an [UnknownError] where r is no capture, or with r's error.
func NewReader(r io.Reader) (*Reader, error) {
	rd := &Reader{input: counter{r: r}}
	rd.r = &rd.input
	magic, err := peek(rd.r)
	if err != nil {
		return nil, err
	}
	rd.r = io.MultiReader(bytes.NewReader(magic), rd.r)
	if bytes.HasPrefix(magic, []byte{0x1f, 0x8b}) {
		if rd.r, err = gzip.NewReader(bufio.NewReaderSize(rd.r, readSize/4)); err != nil {
			return nil, &UnknownError{"the gzip header is damaged: " + err.Error()}
		}
		if magic, err = peek(rd.r); err != nil {
			return nil, err
		}
		rd.r = io.MultiReader(bytes.NewReader(magic), rd.r)
	}
	if rd.walker, err = newWalker(magic); err != nil {
		return nil, err
	}
	return rd, nil
}

// peek reads the first bytes.
func peek(r io.Reader) ([]byte, error) {
	magic := make([]byte, magicLen)
	n, err := io.ReadFull(r, magic)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, &UnknownError{fmt.Sprintf("no capture: it ends after %d bytes", n)}
	case isDamage(err):
		return nil, &UnknownError{"it can't be decompressed: " + err.Error()}
	}
	return magic, err
}

// newWalker returns the walker for a capture that begins with these bytes.
func newWalker(magic []byte) (walker, error) {
	if bytes.Equal(magic, []byte{0x0a, 0x0d, 0x0d, 0x0a}) {
		return &pcapng{}, nil
	}
	if w := newPcap(magic); w != nil {
		return w, nil
	}
	for _, other := range [...]struct{ magic, name string }{
		{"\x28\xb5\x2f\xfd", "compressed with zstd"},
		{"\x04\x22\x4d\x18", "compressed with lz4"},
		{"\xfd7zX", "compressed with xz"},
		{"BZh", "compressed with bzip2"},
		{"PK\x03\x04", "a zip archive"},
	} {
		if bytes.HasPrefix(magic, []byte(other.magic)) {
			return nil, &UnknownError{"it is " + other.name + ": decompress it first (only gzip is read as it is)"}
		}
	}
	return nil, &UnknownError{fmt.Sprintf(
		"neither pcap nor pcapng (it begins with % x): make one with tcpdump -w, or let Wireshark save it as pcapng", magic)}
}

// HasSecrets reports whether the file's format can have secrets in it: pcapng.
func (r *Reader) HasSecrets() bool {
	_, ok := r.walker.(*pcapng)
	return ok
}

// Next fills c with the next run of packets: what one read brought, if that
// holds a whole one, else what as many as it takes do. A run may have no packets
// where other things were read. The chunk is the caller's until it is given to
// Next again; what other chunks hold stays.
//
// It fails with io.EOF at the end of the capture, with a [CutError] where that
// is inside a block, with a [FormatError], or with the error of the input. What
// came before was handed out: a chunk of a failed Next is empty.
func (r *Reader) Next(c *Chunk) error {
	size := r.ReadSize
	if size <= 0 {
		size = readSize
	}
	n := c.begin(r.tail, size)
	defer func() { c.Read = r.input.n }()
	for r.err == nil {
		if r.ended != nil {
			r.err = r.ending(n)
			break
		}
		var m int
		m, r.ended = r.fill(c.buf[n:])
		n += m
		if m > 0 && r.walk(c, n) {
			return nil
		}
		if n == len(c.buf) {
			c.grow(n)
		}
	}
	return r.err
}

// walk takes the whole blocks from the chunk's buffer, of which n bytes are in
// use. It reports false where there is none.
func (r *Reader) walk(c *Chunk, n int) bool {
	var taken int64
	taken, r.err = r.walker.walk(c, c.buf[:n], r.offset)
	if taken == 0 && r.err == nil {
		return false
	}
	r.offset += taken
	r.skip = max(taken-int64(n), 0)
	r.tail = c.buf[min(taken, int64(n)):n]
	return true
}

// fill reads once into b, after what is to be left out.
func (r *Reader) fill(b []byte) (int, error) {
	for r.skip > 0 {
		n, err := r.r.Read(b[:min(r.skip, int64(len(b)))])
		r.skip -= int64(n)
		if err != nil {
			return 0, err
		}
	}
	for range 100 {
		if n, err := r.r.Read(b); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// ending returns the error for the end of the input, where n bytes of a block
// had been read.
func (r *Reader) ending(n int) error {
	err := r.ended
	atEnd := errors.Is(err, io.EOF)
	switch {
	case atEnd && n == 0 && r.skip == 0 && r.walker.begun(r.offset) == r.offset:
		return io.EOF
	case atEnd, errors.Is(err, io.ErrUnexpectedEOF): // the latter is gzip's
		return &CutError{Offset: r.walker.begun(r.offset)}
	case isDamage(err):
		return &FormatError{Offset: r.offset + int64(n), Reason: "it can't be decompressed: " + err.Error()}
	default:
		return fmt.Errorf("reading the capture at offset %d: %w", r.offset+int64(n), err)
	}
}

// isDamage reports whether err says that compressed data makes no sense.
func isDamage(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || errors.As(err, &corrupt)
}

// A counter counts what is read through it.
type counter struct {
	r io.Reader
	n int64
}

// Read implements [io.Reader].
func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}
