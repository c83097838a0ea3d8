package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"strconv"
	"time"
)

// A noise is a body that both ends can make: pseudo-random bytes that follow from a
// seed. A comparison shows bytes that are lost, doubled, swapped or changed.
type noise struct {
	seed  uint64
	size  int64         // in bytes
	chunk int64         // bytes that are written at once
	pause time.Duration // between chunks
}

// path returns the path of a request for n.
func (n noise) path() string {
	return fmt.Sprintf("/noise?seed=%d&size=%d&chunk=%d&pause=%s", n.seed, n.size, n.chunk, n.pause)
}

// parseNoise reads the path of a request: the reverse of path.
func parseNoise(target string) (n noise, err error) {
	u, err := url.Parse(target)
	if err != nil {
		return n, err
	}
	q := u.Query()
	var errs [4]error
	n.seed, errs[0] = strconv.ParseUint(q.Get("seed"), 10, 64)
	n.size, errs[1] = strconv.ParseInt(q.Get("size"), 10, 64)
	n.chunk, errs[2] = strconv.ParseInt(q.Get("chunk"), 10, 64)
	n.pause, errs[3] = time.ParseDuration(q.Get("pause"))
	return n, errors.Join(errs[:]...)
}

// bytes returns an endless stream of bytes. The body is the first n.size of them.
func (n noise) bytes() io.Reader {
	var seed [32]byte
	binary.BigEndian.PutUint64(seed[:], n.seed)
	return rand.NewChaCha8(seed)
}

// send writes the body in its chunks, with its pauses. It ends early with ctx.
func (n noise) send(ctx context.Context, w io.Writer) error {
	body := n.bytes()
	chunk := make([]byte, min(max(n.chunk, 1), 1<<20))
	timer := time.NewTimer(n.pause)
	defer timer.Stop()
	for left := n.size; left > 0; {
		b := chunk[:min(left, int64(len(chunk)))]
		if _, err := io.ReadFull(body, b); err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		if left -= int64(len(b)); left == 0 || n.pause <= 0 {
			continue
		}
		timer.Reset(n.pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// check reads a body, and compares it with n's.
func (n noise) check(r io.Reader) error {
	body := n.bytes()
	got, want := make([]byte, 16<<10), make([]byte, 16<<10)
	for at := int64(0); at < n.size; {
		k, err := r.Read(got[:min(n.size-at, int64(len(got)))])
		if _, err := io.ReadFull(body, want[:k]); err != nil {
			return err
		}
		if !bytes.Equal(got[:k], want[:k]) {
			return fmt.Errorf("bytes %d to %d of %d are not what was sent", at, at+int64(k), n.size)
		}
		at += int64(k)
		if err != nil && at < n.size {
			return fmt.Errorf("after %d of %d bytes: %w", at, n.size, err)
		}
	}
	return nil
}

// digest returns the body's SHA-256, in hex.
func (n noise) digest() string {
	hash := sha256.New()
	_, _ = io.CopyN(hash, n.bytes(), n.size) // neither side can fail
	return hex.EncodeToString(hash.Sum(nil))
}
