package peer

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
)

// A body is what a test sends over a stream: pseudo-random bytes, so that bytes
// lost, doubled, swapped or changed are noticed.
type body struct {
	seed  uint64
	size  int64 // in bytes
	chunk int   // how much is written at once, in bytes
}

// reader returns the body's bytes.
func (b body) reader() io.Reader {
	var seed [32]byte
	binary.BigEndian.PutUint64(seed[:], b.seed)
	return io.LimitReader(rand.NewChaCha8(seed), b.size)
}

// send writes the body.
func (b body) send(w io.Writer) error {
	_, err := io.CopyBuffer(w, b.reader(), make([]byte, b.chunk))
	return err
}

// check reads the body and compares it.
func (b body) check(r io.Reader) error {
	body := b.reader()
	got, want := make([]byte, 16<<10), make([]byte, 16<<10)
	for at := int64(0); at < b.size; {
		n := min(b.size-at, int64(len(got)))
		if _, err := io.ReadFull(body, want[:n]); err != nil {
			return err
		}
		if k, err := io.ReadFull(r, got[:n]); err != nil {
			return fmt.Errorf("after %d of %d bytes: %w", at+int64(k), b.size, err)
		}
		if !bytes.Equal(got[:n], want[:n]) {
			return fmt.Errorf("bytes %d to %d of %d are not what was sent", at, at+n, b.size)
		}
		at += n
	}
	return nil
}
