package interop

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// The requests that a pair gets: the ten of the guide, and then more.
const (
	spaced   = 10  // small requests, one after another
	parallel = 200 // small requests, several at once
	atOnce   = 8   // how many
)

// Sizes of bulk transfers, in bytes.
const (
	small = 1 << 20  // enough for many records and frames
	bulk  = 50 << 20 // enough to measure a rate
)

// bulkLimit is the timeout of a bulk transfer.
const bulkLimit = time.Minute

const maxExcuses = 5 // how many failures, or bad lines, are kept in full

// Traffic is what came of the requests that were sent through a pair of peers.
type Traffic struct {
	Requests uint64
	Failed   uint64
	Failures []string // the first few
	Compared int64    // how many bytes arrived as they were sent
	Down, Up Transfer
}

// A Transfer is the bulk data that arrived whole in one direction.
type Transfer struct {
	Bytes int64
	Took  time.Duration
}

// Rate returns megabytes (10⁶ bytes) a second.
func (t Transfer) Rate() float64 {
	if t.Took == 0 {
		return 0
	}
	return float64(t.Bytes) / 1e6 / t.Took.Seconds()
}

// Works tells whether requests were sent and none failed.
func (t Traffic) Works() bool { return t.Requests > 0 && t.Failed == 0 }

// Spaced sends n small requests, one each interval, or fewer where ctx ends. A request has a
// timeout of its own: the end of ctx does not cut it short.
func (t *Traffic) Spaced(ctx context.Context, p Proxy, n int, interval time.Duration) {
	next := time.NewTicker(interval)
	defer next.Stop()
	for i := range n {
		if i > 0 {
			select {
			case <-next.C:
			case <-ctx.Done():
				return
			}
		}
		compared, err := p.echo(context.WithoutCancel(ctx), strconv.Itoa(i))
		t.count(fmt.Sprintf("request %d", i), compared, err)
	}
}

// pings is how often a byte goes to and fro on a new stream: more writes than the default
// padding scheme shapes. Only after that the relay injects heartbeats toward the client.
const pings = 32

// Steady sends small requests as Spaced does. A stream stays open meanwhile, and a byte goes
// to and fro on it after each request. The error is that stream's.
func (t *Traffic) Steady(ctx context.Context, p Proxy, n int, interval time.Duration) error {
	conn, err := p.Mirror(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := pingPong(conn, pings); err != nil {
		return err
	}
	next := time.NewTicker(interval)
	defer next.Stop()
	for range n {
		t.Spaced(ctx, p, 1, interval)
		if err := pingPong(conn, 1); err != nil {
			return err
		}
		select {
		case <-next.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Parallel sends n small requests, several at once.
func (t *Traffic) Parallel(ctx context.Context, p Proxy, n int) {
	type result struct {
		name     string
		compared int64
		err      error
	}
	words, results := make(chan string), make(chan result)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for word := range words {
				compared, err := p.echo(ctx, word)
				results <- result{"parallel request " + word, compared, err}
			}
		})
	}
	go func() {
		for i := range n {
			words <- strconv.Itoa(i)
		}
		close(words)
		workers.Wait()
		close(results)
	}()
	for r := range results {
		t.count(r.name, r.compared, r.err)
	}
}

// Bulk sends a download and then an upload.
func (t *Traffic) Bulk(ctx context.Context, p Proxy, size int64) {
	t.Download(ctx, p, size)
	took, compared, err := timed(ctx, size, p.upload)
	t.count("upload", compared, err)
	if err == nil {
		t.Up.Bytes, t.Up.Took = t.Up.Bytes+size, t.Up.Took+took
	}
}

// Download sends a download. It returns the rate in megabytes a second, or zero if the
// download failed.
func (t *Traffic) Download(ctx context.Context, p Proxy, size int64) float64 {
	took, compared, err := timed(ctx, size, p.download)
	t.count("download", compared, err)
	if err != nil {
		return 0
	}
	t.Down.Bytes, t.Down.Took = t.Down.Bytes+size, t.Down.Took+took
	return Transfer{size, took}.Rate()
}

func timed(ctx context.Context, size int64, move func(context.Context, int64) (int64, error)) (time.Duration, int64, error) {
	ctx, cancel := context.WithTimeout(ctx, bulkLimit)
	defer cancel()
	start := time.Now()
	compared, err := move(ctx, size)
	return time.Since(start), compared, err
}

// count counts a request and its outcome.
func (t *Traffic) count(name string, compared int64, err error) {
	t.Requests++
	t.Compared += compared
	if err == nil {
		return
	}
	t.Failed++
	if len(t.Failures) < maxExcuses {
		t.Failures = append(t.Failures, fmt.Sprintf("%s: %v", name, err))
	}
}
