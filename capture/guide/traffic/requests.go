package traffic

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
)

// requestLimit is the longest that a small request may take: longer than any answer takes, and
// short enough for pairs that answer none.
const requestLimit = 5 * time.Second

// maxFailures is how many failures are told in words.
const maxFailures = 5

// Request sends one small request and compares the answer; it returns how many bytes of it. The
// error says what went wrong in a sentence for readers of a report.
func (p *Proxy) Request(ctx context.Context) (int64, error) {
	if ctx.Err() != nil {
		return 0, errEnded
	}
	within, cancel := limited(ctx, requestLimit, grace)
	defer cancel()
	var compared int64
	var err error
	if p.url != "" {
		_, compared, err = p.ask(within)
	} else {
		compared, err = p.echo(within, p.target.url(loopback))
	}
	if err != nil {
		return 0, explain(within, err)
	}
	return compared, nil
}

// echo asks our own target, by an URL of it, for a word that no other request has.
func (p *Proxy) echo(ctx context.Context, target string) (int64, error) {
	word := fmt.Sprintf("%d-%08x", p.sent.Add(1), rand.Uint32())
	response, err := p.do(ctx, http.MethodGet, target+"/echo/"+word, nil)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	want := word + "\n"
	answer, err := io.ReadAll(io.LimitReader(response.Body, int64(len(want))+1))
	if err != nil {
		return 0, err
	}
	if string(answer) != want {
		return 0, failed("the answer is %s, want %s", protocol.Printable(answer), protocol.Printable(want))
	}
	return int64(len(answer)), nil
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

// Parallel sends n small requests, so many at once, or fewer where ctx ends.
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
	for i := 0; i < n && ctx.Err() == nil; i++ {
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
		return
	}
	t.Failed++
	if len(t.Failures) < maxFailures {
		t.Failures = append(t.Failures, name+": "+err.Error())
	}
}

// stream counts the death of the stream that stays open.
func (t *tally) stream(err error) { t.count("the stream that stays open", 0, err) }
