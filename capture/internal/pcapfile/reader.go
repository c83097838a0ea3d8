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

// A Reader reads a capture. One goroutine uses it at a time.
type Reader struct {
	// ReadSize is about how many bytes are asked for at once, and so how large a
	// chunk is where no block is larger; 0 stands for 128 KiB.
	ReadSize int

	input  counter   // counts what is read of the input
	r      io.Reader // the input, decompressed
	walker walker
	ended  error // what the input ended with
	err    error // what Next returns from now on

	tail   []byte // the part of the last chunk that is no whole block
	offset int64  // where tail begins in the capture
	skip   int64  // bytes to be left out that are not read yet
}

// A walker knows one file format.
type walker interface {
	// walk adds the packets and secrets of the whole packet records or blocks at
	// the start of b to the chunk. The capture has b at this offset. walk returns
	// how many bytes it took: fewer than b has where the rest is not a whole block,
	// and more where a block is to be left out.
	walk(c *Chunk, b []byte, offset int64) (n int64, err error)
	// begun returns where the packet record or block begins that the byte at this
	// offset is of.
	begun(offset int64) int64
}

// magicLen is how many bytes tell the formats apart.
const magicLen = 4

// NewReader returns a reader for a capture, at whose start r is. It reads the first
// few bytes, and so blocks until a pipe has them. It fails with an [UnknownError]
// where r is no capture that can be read, and with r's error.
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

// peek reads the first bytes, which tell the format.
func peek(r io.Reader) ([]byte, error) {
	magic := make([]byte, magicLen)
	n, err := io.ReadFull(r, magic)
	switch {
	case errors.Is(err, io.EOF):
		return nil, &UnknownError{"it is empty"}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, &UnknownError{fmt.Sprintf("it ends after %d bytes", n)}
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
	if bytes.HasPrefix(magic, []byte("CLIE")) || bytes.HasPrefix(magic, []byte("SERV")) {
		return nil, &UnknownError{"it begins as a key log does: give that with --keylog, beside the capture"}
	}
	return nil, &UnknownError{fmt.Sprintf(
		"neither pcap nor pcapng (it begins with % x): make one with tcpdump -w, or let Wireshark save it as pcapng", magic)}
}

// HasSecrets tells whether the format is one that can have secrets: pcapng.
func (r *Reader) HasSecrets() bool {
	_, ok := r.walker.(*pcapng)
	return ok
}

// Next fills c with the packets that one read brings, or as many reads as a whole
// block takes. It may bring none, where the blocks are of other types. The chunk is
// the caller's until it is given to Next again; other chunks stay as they are.
//
// Next fails with io.EOF at the end of the capture, with a [CutError] where that is
// inside a block, with a [FormatError], and with the error of the input. A chunk of
// a failed Next is empty: what came before was handed out.
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

// walk takes the whole blocks from the chunk's buffer, of which n bytes are in use.
// It returns false where there is none.
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

// fill reads into b once, after what is to be left out.
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

// ending returns the error for the end of the input, behind n bytes of a block.
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

// isDamage tells whether err says that compressed data is damaged.
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
