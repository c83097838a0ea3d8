package traffic

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"anytls-inspect/capture/report"
)

// ErrEmpty is why a download has no rate: the answer is empty.
var ErrEmpty = errors.New("the answer is empty: there is no rate")

// faults are the failures that are the target's own.
type faults struct {
	mu    sync.Mutex
	count uint64
	first error
}

// note takes note of a failure, if it is one.
func (f *faults) note(err error) {
	if partOf(err) != target {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.count++; f.count == 1 {
		f.first = err
	}
}

// lull is how long nothing comes of an answer that goes on.
const lull = 500 * time.Millisecond

// A progress notes when it read something last.
type progress struct {
	io.Reader
	last time.Time // zero: never
}

// Read implements [io.Reader].
func (p *progress) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	if n > 0 {
		p.last = time.Now()
	}
	return n, err
}

// AtFault tells whether requests failed, all of them, for what their target answered: who carried
// them is not to blame. It returns the first failure; nil: it is otherwise.
func (p *Proxy) AtFault(t *report.Traffic) error {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	if t.Failed == 0 || t.Failed < t.Requests || p.faults.count < t.Failed {
		return nil
	}
	return p.faults.first
}

// answers is what is known of the answers of a URL. Where the first two are the same, all later
// ones have to be.
type answers struct {
	mu    sync.Mutex
	known int // how many of the first two
	first answer
	vary  bool // the first two differ: no other is compared
}

// An answer is what answers are compared by.
type answer struct {
	status int
	sum    string
	bytes  int64
}

// ask asks the URL. It returns how many bytes arrived, and how many of them were compared with
// another answer's.
func (p *Proxy) ask(ctx context.Context) (arrived, compared int64, err error) {
	err = p.exchange(ctx, http.MethodGet, p.url, nil, 0, func(response *http.Response) error {
		if response.StatusCode >= http.StatusInternalServerError {
			return &said{text: fmt.Sprintf("the target's answer has status %d", response.StatusCode), of: target}
		}
		body := &progress{Reader: response.Body}
		sum, n, err := digest(body)
		switch limit := (late{}); {
		case err != nil && time.Since(body.last) < lull && errors.As(context.Cause(ctx), &limit):
			return &said{text: fmt.Sprintf("the target's answer goes on: %d bytes came within %g s", n, limit.limit.Seconds()), of: target, err: err}
		case err != nil:
			return after(n, explain(ctx, err))
		}
		same, err := p.answers.compare(answer{response.StatusCode, sum, n})
		arrived = n
		if same {
			compared = n
		}
		return err
	})
	return arrived, compared, err
}

// compare tells whether an answer was compared and is as it should be. An error says in what it
// differs.
func (a *answers) compare(with answer) (same bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.known == 0:
		a.known, a.first = 1, with
		return false, nil
	case a.known == 1:
		a.known, a.vary = 2, with != a.first
		return !a.vary, nil
	case a.vary:
		return false, nil
	case with == a.first:
		return true, nil
	}
	return false, failed("the answer is not the first two's: status %d and %d bytes, want status %d and %d bytes",
		with.status, with.bytes, a.first.status, a.first.bytes)
}
