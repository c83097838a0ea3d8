// Package traffic sends requests through the SOCKS inbound of a client, to a target of its own
// or to a URL, and compares what comes back.
package traffic

import (
	"context"
	"time"

	"anytls-inspect/capture/report"
)

// A Target is the destination of the traffic on loopback, over IPv4 and, where the machine has
// it, IPv6: a web server whose bytes are known, a slow one, a port that refuses, one that never
// answers, a mirror of bytes, and one of datagrams.
type Target struct{}

// NewTarget starts a target. The caller has to close it.
func NewTarget() (*Target, error) { panic("to be built") }

// Close ends the target and its goroutines.
func (t *Target) Close() { panic("to be built") }

// A Proxy sends requests through a SOCKS inbound. Each has a connection, and so a stream, of its
// own.
type Proxy struct{}

// To returns a Proxy to a target of our own.
func To(socks string, t *Target) (*Proxy, error) { panic("to be built") }

// ToURL returns a Proxy to a URL of others, http or https.
func ToURL(socks, url string) (*Proxy, error) { panic("to be built") }

// Own tells whether the target is our own: only then it has a mirror, and all kinds of targets.
func (p *Proxy) Own() bool { panic("to be built") }

// Request sends one small request and compares the answer; it returns how many bytes of it.
func (p *Proxy) Request(ctx context.Context) (int64, error) { panic("to be built") }

// Spaced sends n small requests, one each interval, or fewer where ctx ends. The end of ctx cuts
// none short for long.
func (p *Proxy) Spaced(ctx context.Context, n int, every time.Duration) report.Traffic {
	panic("to be built")
}

// Parallel sends n small requests, so many at once.
func (p *Proxy) Parallel(ctx context.Context, n, atOnce int) report.Traffic { panic("to be built") }

// Steady sends small requests, one each interval, for a duration or until ctx ends. A stream stays
// open meanwhile, and a byte goes to and fro on it after each request; where it dies, that counts
// as one request that failed.
func (p *Proxy) Steady(ctx context.Context, duration, every time.Duration) report.Traffic {
	panic("to be built")
}

// Download downloads size bytes, compared by their digest, and returns how fast, in 10⁶ bytes a
// second. Of a URL it is the whole answer.
func (p *Proxy) Download(ctx context.Context, size int64) (rate float64, err error) {
	panic("to be built")
}

// Upload uploads size bytes to our own target, which compares them.
func (p *Proxy) Upload(ctx context.Context, size int64) (rate float64, err error) {
	panic("to be built")
}

// Datagrams sends n datagrams of several sizes to our own target by SOCKS UDP ASSOCIATE, each of
// which has to come back.
func (p *Proxy) Datagrams(ctx context.Context, n int) report.Traffic { panic("to be built") }

// Kinds sends a request to each kind of target: by IPv4, by IPv6, by name, to one that is slow,
// one that refuses, and one that never answers. A kind that the machine doesn't have is left out.
func (p *Proxy) Kinds(ctx context.Context) []report.TargetKind { panic("to be built") }

// A Stream is a connection through the client to our own target's mirror.
type Stream struct{}

// Open opens a stream, and has bytes go to and fro on it until the default padding scheme shapes
// the client's writes no more.
func (p *Proxy) Open(ctx context.Context) (*Stream, error) { panic("to be built") }

// Echo has a byte go to and fro.
func (s *Stream) Echo(ctx context.Context) error { panic("to be built") }

// Close closes the stream.
func (s *Stream) Close() error { panic("to be built") }
