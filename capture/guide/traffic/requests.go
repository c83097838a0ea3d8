package traffic

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"anytls-inspect/capture/report"
)

// MaxFailures is how many failures are told in words.
const MaxFailures = 5

// Request sends one small request and compares the answer; it returns how many bytes of it. The
// error says what went wrong in a sentence for readers of a report.
func (p *Proxy) Request(ctx context.Context) (int64, error) {
	if ctx.Err() != nil {
		return 0, errEnded
	}
	within, cancel := limited(ctx, p.limits.request, p.limits.grace)
	defer cancel()
	var compared int64
	var err error
	if p.url != nil {
		_, compared, err = p.ask(within)
	} else {
		compared, err = p.echo(within, loopback)
	}
	if err != nil {
		err = explain(within, err)
		p.faults.note(err)
		return 0, err
	}
	return compared, nil
}

// Awake waits for an end that listens before it is ready: until a request is answered, or until ctx ends.
// It tells whether one failed before that, and whether one was answered.
func (p *Proxy) Awake(ctx context.Context) (failed, answered bool) {
	// A pair that never answers has a few more sessions rejected, and not hundreds.
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		if _, err := p.Request(ctx); err == nil {
			return failed, true
		}
		failed = true
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return failed, false
		}
	}
}

// echo asks our own target, by an address or a name of it, for a word that no other request has.
func (p *Proxy) echo(ctx context.Context, host string) (int64, error) {
	word := fmt.Sprintf("%d-%08x", p.sent.Add(1), rand.Uint32())
	want := word + "\n"
	to := p.target.url(host, "/echo/"+word)
	err := p.own(ctx, http.MethodGet, to, nil, 0, func(body io.Reader) error {
		answer, err := io.ReadAll(io.LimitReader(body, int64(len(want))+1))
		switch {
		case err != nil:
			return after(int64(len(answer)), explain(ctx, err))
		case string(answer) != want:
			return failed("the answer is %+q, want %+q", answer, want)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return int64(len(want)), nil
}

// own sends a request to our own target, and hands what is in its answer to compare.
func (p *Proxy) own(ctx context.Context, method string, to *url.URL, body io.Reader, size int64, compare func(io.Reader) error) error {
	return p.exchange(ctx, method, to, body, size, func(response *http.Response) error {
		if response.StatusCode != http.StatusOK {
			return failed("the target's answer has status %d", response.StatusCode)
		}
		return compare(response.Body)
	})
}

// Spaced sends n small requests, one each interval, or fewer where ctx ends. The end of ctx cuts
// none short for long, and one that it cut short does not count.
func (p *Proxy) Spaced(ctx context.Context, n int, every time.Duration) report.Traffic {
	var t tally
	next := time.NewTicker(max(every, 1))
	defer next.Stop()
	for i := range n {
		if i > 0 {
			select {
			case <-next.C:
			case <-ctx.Done():
			}
		}
		if ctx.Err() != nil {
			break
		}
		p.count(ctx, &t, i)
	}
	return t.Traffic
}

// hopeless is how many parallel requests fail in a row before no more are sent: each may take
// seconds to fail.
const hopeless = 16

// Parallel sends n small requests, so many at once, or fewer where ctx ends, or all fail for a while.
func (p *Proxy) Parallel(ctx context.Context, n, atOnce int) report.Traffic {
	var t tally
	var workers sync.WaitGroup
	numbers := make(chan int)
	for range min(n, atOnce) {
		workers.Go(func() {
			for i := range numbers {
				p.count(ctx, &t, i)
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil && !t.isHopeless(); i++ {
		numbers <- i // a worker takes it: a request has a limit
	}
	close(numbers)
	workers.Wait()
	return t.Traffic
}

// Steady sends small requests, one each interval, for a duration or until ctx ends. A stream to
// our own target stays open meanwhile, and a byte goes to and fro on it after each request; where
// it dies, that counts as one request that failed.
func (p *Proxy) Steady(ctx context.Context, duration, every time.Duration) report.Traffic {
	var t tally
	over := time.NewTimer(duration)
	defer over.Stop()
	next := time.NewTicker(max(every, 1))
	defer next.Stop()
	var stays *Stream
	if p.Own() {
		var err error
		if stays, err = p.Open(ctx); err != nil {
			t.stream(err)
		}
	}
	echo := func() {
		if stays == nil {
			return
		}
		if err := stays.Echo(ctx); err != nil {
			t.stream(err)
			stays.Close()
			stays = nil
		}
	}
	for i := 0; ; i++ {
		if due := int64(i)*int64(every) < int64(duration); due {
			p.count(ctx, &t, i)
		}
		echo()
		select {
		case <-next.C:
			continue
		case <-over.C:
			echo()
		case <-ctx.Done():
		}
		break
	}
	if stays != nil {
		stays.Close()
	}
	return t.Traffic
}

// count sends a request, and counts it.
func (p *Proxy) count(ctx context.Context, t *tally, i int) {
	compared, err := p.Request(ctx)
	t.count(fmt.Sprintf("request %d", i+1), compared, err)
}

// A tally counts requests and what came of them.
type tally struct {
	mu sync.Mutex
	report.Traffic
	inARow int // that failed, up to now
}

// isHopeless tells whether more requests would only fail, too.
func (t *tally) isHopeless() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.inARow >= hopeless
}

// count counts a request, unless the end of the run cut it short.
func (t *tally) count(name string, compared int64, err error) {
	if isEnded(err) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Requests++
	t.BytesCompared += uint64(compared)
	if err == nil {
		t.inARow = 0
		return
	}
	t.Failed++
	t.inARow++
	if len(t.Failures) < MaxFailures {
		t.Failures = append(t.Failures, name+": "+err.Error())
	}
}

// stream counts the death of the stream that stays open.
func (t *tally) stream(err error) { t.count("the stream that stays open", 0, err) }
