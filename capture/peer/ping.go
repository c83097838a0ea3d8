package peer

import (
	"context"
	"sync"
	"time"
)

// A Ping is a HeartRequest of a series and what came of it.
type Ping struct {
	Seq int // from 1
	RTT time.Duration
	Err error // [context.DeadlineExceeded] where no answer came in time
}

// A PingConfig says how many HeartRequests to send, and when.
type PingConfig struct {
	Count    int // 0: until the context ends
	Interval time.Duration
	Timeout  time.Duration // for each answer
}

// Ping sends HeartRequests, the next whether or not the last was answered, and
// reports each when its fate is known, one at a time. It returns when the last
// is known; at once, with why, where the session ends; and with nil where ctx
// does: requests that wait then are not reported.
func (c *Client) Ping(ctx context.Context, cfg PingConfig, report func(Ping)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ticker := time.NewTicker(cfg.Interval)
	defer ticker.Stop()
	var (
		wg      sync.WaitGroup
		results = make(chan Ping)
		asked   int
		known   int
	)
	defer wg.Wait()
	defer cancel() // before the wait
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
			known++
			report(p)
		case <-ticker.C:
			if cfg.Count == 0 || asked < cfg.Count {
				ask()
			}
		case <-c.Done():
			return explain(c.Err())
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}
