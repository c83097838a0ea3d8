package traffic

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// maxSum is the length of a digest as it is written.
const maxSum = 2 * sha256.Size

// Download downloads size bytes, compared by their digest, and returns how fast, in 10⁶ bytes a
// second. Of a URL it is the whole answer.
func (p *Proxy) Download(ctx context.Context, size int64) (rate float64, err error) {
	return p.timed(ctx, func(ctx context.Context) (int64, error) {
		if p.url != nil {
			arrived, _, err := p.ask(ctx)
			return arrived, err
		}
		return p.bulk(ctx, "/bulk/"+strconv.FormatInt(size, 10), size)
	})
}

// Upload uploads size bytes to our own target, which compares them.
func (p *Proxy) Upload(ctx context.Context, size int64) (rate float64, err error) {
	if p.url != nil {
		return 0, errors.New("only a target of our own takes uploads")
	}
	return p.timed(ctx, func(ctx context.Context) (int64, error) { return p.upload(ctx, size) })
}

// timed returns how fast a transfer went.
func (p *Proxy) timed(ctx context.Context, move func(context.Context) (int64, error)) (float64, error) {
	within, cancel := limited(ctx, p.limits.bulk, 0)
	defer cancel()
	began := time.Now()
	n, err := move(within)
	took := time.Since(began)
	if err != nil {
		return 0, explain(within, err)
	}
	if n == 0 || took <= 0 {
		return 0, ErrEmpty
	}
	return float64(n) / 1e6 / took.Seconds(), nil
}

// bulk asks our own target for size bytes and compares their digest. It returns how many were as
// they should be.
func (p *Proxy) bulk(ctx context.Context, path string, size int64) (int64, error) {
	err := p.own(ctx, http.MethodGet, p.target.url(loopback, path), nil, 0, func(body io.Reader) error {
		sum, n, err := digest(body)
		switch {
		case err != nil:
			return after(n, explain(ctx, err))
		case n != size:
			return failed("%d bytes arrived, %d were due", n, size)
		case sum != p.target.digest(size):
			return failed("%d bytes arrived, and they are not those that were sent", n)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return size, nil
}

// upload sends size bytes and compares the digest that the target returns. It returns how many
// arrived as they were sent.
func (p *Proxy) upload(ctx context.Context, size int64) (int64, error) {
	to := p.target.url(loopback, "/bulk")
	err := p.own(ctx, http.MethodPost, to, noise(size), size, func(body io.Reader) error {
		sum, err := io.ReadAll(io.LimitReader(body, maxSum+1))
		switch {
		case err != nil:
			return after(int64(len(sum)), explain(ctx, err))
		case string(sum) != p.target.digest(size):
			return failed("the target did not get the %d bytes that were sent: it says %+q", size, sum)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return size, nil
}

// noise returns the content of a bulk transfer: the same each time, and without repetition, so
// that lost, doubled or swapped bytes change its digest.
func noise(size int64) io.Reader {
	return io.LimitReader(rand.NewChaCha8([32]byte{}), size)
}

// digest returns the digest of a bulk transfer, which it works out once.
func (t *Target) digest(size int64) string {
	work, _ := t.digests.LoadOrStore(size, sync.OnceValue(func() string {
		sum, _, _ := digest(noise(size)) // noise can't fail
		return sum
	}))
	return work.(func() string)()
}

// digest returns the digest of what r yields, and how much that is.
func digest(r io.Reader) (sum string, n int64, err error) {
	hash := sha256.New()
	n, err = io.Copy(hash, r)
	return hex.EncodeToString(hash.Sum(nil)), n, err
}
