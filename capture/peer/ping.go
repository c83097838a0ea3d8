package peer

import (
	"context"
	"errors"
	"sync"
	"time"
)

// A Ping is a HeartRequest of a series, and its result.
type Ping struct {
	Seq int // from 1
	RTT time.Duration
	Err error // [context.DeadlineExceeded] where no answer came in time; else as of Heartbeat
}

// A PingConfig says how many HeartRequests to send, and when.
type PingConfig struct {
	Count    int           // 0: until the context ends
	Interval time.Duration // between two; more than 0
	Timeout  time.Duration // of each answer
}

// Ping sends a HeartRequest at each interval, whether or not the one before was
// answered. It calls tell with each result as it comes, one at a time, from the
// caller's goroutine.
//
// Ping returns nil after the last result, or when ctx ends. Where the session ends, it
// returns Err's error and what to do at once. It does not tell of the requests that
// wait then.
func (c *Client) Ping(ctx context.Context, cfg PingConfig, tell func(Ping)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ticker := time.NewTicker(cfg.Interval)
	defer ticker.Stop()
	var (
		wg      sync.WaitGroup
		results = make(chan Ping)
		asked   int // how many requests were made
		known   int // how many results came
	)
	defer wg.Wait()
	defer cancel() // runs before Wait
	ask := func() {
		asked++
		seq := asked
		wg.Go(func() {
			within, done := context.WithTimeout(ctx, cfg.Timeout)
			defer done()
			p := Ping{Seq: seq}
			p.RTT, p.Err = c.Heartbeat(within)
			select {
			case results <- p:
			case <-ctx.Done():
			}
		})
	}
	ask()
	for cfg.Count == 0 || known < cfg.Count {
		select {
		case p := <-results:
			if ended := c.Err(); ended != nil && p.Err != nil && !errors.Is(p.Err, context.DeadlineExceeded) {
				return c.explain(ended) // it waited when the session ended
			}
			known++
			tell(p)
		case <-ticker.C:
			if cfg.Count == 0 || asked < cfg.Count {
				ask()
			}
		case <-c.Done():
			return c.explain(c.Err())
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}
