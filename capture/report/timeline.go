package report

import (
	"time"

	"anytls-inspect/protocol/session"
)

const (
	// maxPoints is the most points of a series.
	maxPoints = 512
	// firstStep is the step of a series that has not been halved yet.
	firstStep = 100 * time.Millisecond
	// longestRTT is what longer round-trips are cut to.
	longestRTT = time.Hour
)

// A timeline gathers the round-trips toward one peer in a fixed number of buckets of
// equal time. When time runs past the last one, each two of them become one.
type timeline struct {
	start   time.Time     // of the first bucket
	step    time.Duration // the time of a bucket
	buckets []bucket      // none before the first result
}

type bucket struct {
	answered, lost uint64
	min, max       time.Duration
	sum            float64 // of round-trips, in nanoseconds: it can't overflow
}

// at returns the bucket of a moment. A moment before the first result belongs to the
// first bucket: results of several sessions are not strictly in order.
func (l *timeline) at(t time.Time) *bucket {
	if l.buckets == nil {
		l.start, l.step, l.buckets = t, firstStep, make([]bucket, maxPoints)
	}
	since := max(t.Sub(l.start), 0)
	for since/l.step >= maxPoints {
		l.halve()
	}
	return &l.buckets[since/l.step]
}

// halve merges each two buckets into one, of twice the time.
func (l *timeline) halve() {
	for i := range l.buckets {
		if i < maxPoints/2 {
			l.buckets[i] = merge(l.buckets[2*i], l.buckets[2*i+1])
		} else {
			l.buckets[i] = bucket{}
		}
	}
	l.step *= 2
}

func (b *bucket) add(rtt time.Duration) {
	rtt = min(max(rtt, 0), longestRTT)
	*b = merge(*b, bucket{answered: 1, min: rtt, max: rtt, sum: float64(rtt)})
}

func merge(a, b bucket) bucket {
	lost := a.lost + b.lost
	switch {
	case a.answered == 0:
		a = b
	case b.answered == 0:
	default:
		a = bucket{
			answered: a.answered + b.answered,
			min:      min(a.min, b.min), max: max(a.max, b.max), sum: a.sum + b.sum,
		}
	}
	a.lost = lost
	return a
}

// series returns what was gathered, or nil where nothing was.
func (l *timeline) series() *Series {
	if l.buckets == nil {
		return nil
	}
	s := &Series{Start: l.start, Step: session.Millis(l.step)}
	for i, b := range l.buckets {
		if b.answered+b.lost == 0 {
			continue
		}
		p := Point{
			At: session.Millis(time.Duration(i) * l.step), Answered: b.answered, Lost: b.lost,
			Min: session.Millis(b.min), Max: session.Millis(b.max),
		}
		if b.answered > 0 {
			p.Avg = session.Millis(b.sum / float64(b.answered))
		}
		s.Points = append(s.Points, p)
	}
	return s
}
