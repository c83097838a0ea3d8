package traffic

import (
	"context"
	"net/http"
	"sync"
)

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
			return failed("the target's answer has status %d", response.StatusCode)
		}
		sum, n, err := digest(response.Body)
		if err != nil {
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
