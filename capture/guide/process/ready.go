package process

import (
	"context"
	"net"
	"time"
)

// Ready waits until somebody listens at addr, which is where the program is to. It returns an
// error, with the last lines of the program's output, if the program ends before that, or within
// is over, or ctx ends. Where the system tells who listens, nothing connects: a connection that
// is no client's is an error to many servers, which they log.
//
// Who listens may be another program. Ours then fails to, which it says itself, and mostly ends.
func (p *Process) Ready(ctx context.Context, addr string, within time.Duration) error {
	limit, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	// Nothing tells when a program begins to listen.
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		ready := p.listens(limit, addr)
		select {
		case <-p.done:
			how := p.how()
			if state := p.cmd.ProcessState; state != nil && state.Success() { // as one does that goes on in the background
				how += ": it has to stay in the foreground"
			}
			return p.failure("ended before it listened at %s (%s)", addr, how)
		default:
		}
		if ready {
			return nil
		}
		select {
		case <-again.C:
		case <-p.done: // the next turn says so
		case <-limit.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return p.failure("does not listen at %s after %v", addr, within)
		}
	}
}

func (p *Process) listens(ctx context.Context, addr string) bool {
	if yes, known := listening(p.pid(), addr); known {
		return yes
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}
