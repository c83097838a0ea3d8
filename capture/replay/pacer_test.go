package replay

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"anytls-inspect/capture"
)

// A timeline notes when events were handed on, counted from its begin.
type timeline struct {
	began time.Time
	at    []time.Duration
}

func (l *timeline) Record(*capture.Event) { l.at = append(l.at, time.Since(l.began)) }

// play hands events to a pacer that happened so long after the first, and returns
// when each passed. In a bubble of synctest, time passes only while all goroutines
// wait.
func play(t *testing.T, speed float64, control func(*Pacer), events ...time.Duration) []time.Duration {
	t.Helper()
	l := &timeline{began: time.Now()}
	p := NewPacer(t.Context(), l, time.Now, speed)
	if control != nil {
		go control(p)
	}
	base := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, d := range events {
		p.Record(&capture.Event{At: base.Add(d)})
	}
	return l.at
}

func TestPacer(t *testing.T) {
	const s = time.Second
	base := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tc := range []struct {
		name    string
		speed   float64
		control func(*Pacer)
		want    []time.Duration // of events at 0, 2, 4 and 10 s
	}{
		{"real time", 1, nil, []time.Duration{0, 2 * s, 4 * s, 10 * s}},
		{"twice as fast", 2, nil, []time.Duration{0, s, 2 * s, 5 * s}},
		{"as fast as can be", 0, nil, []time.Duration{0, 0, 0, 0}},
		{"faster on the way", 1, func(p *Pacer) {
			<-time.After(3 * s)
			p.SetSpeed(0)
		}, []time.Duration{0, 2 * s, 3 * s, 3 * s}},
		{"paused and resumed", 1, func(p *Pacer) {
			<-time.After(s)
			p.Pause(true)
			<-time.After(10 * s)
			p.Pause(false)
		}, []time.Duration{0, 13 * s, 15 * s, 21 * s}},
		{"stepped", 1, func(p *Pacer) {
			p.Pause(true)
			<-time.After(100 * s)
			p.Step()
			<-time.After(100 * s)
			p.Step()
			p.Step()
		}, []time.Duration{0, 100 * s, 200 * s, 200 * s}},
		{"a jump", 1, func(p *Pacer) {
			<-time.After(s)
			p.JumpTo(base.Add(9 * s))
		}, []time.Duration{0, s, s, 7 * s}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := play(t, tc.speed, tc.control, 0, 2*s, 4*s, 10*s)
				for i, want := range tc.want {
					if i >= len(got) || got[i] != want {
						t.Fatalf("handed on after %v, want %v", got, tc.want)
					}
				}
			})
		})
	}
}

// TestPacerEnds: when the context ends, no source is held back any more, and
// nothing more passes.
func TestPacerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		l := &timeline{began: time.Now()}
		p := NewPacer(ctx, l, time.Now, 1)
		base := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		p.Record(&capture.Event{At: base})
		go cancel()
		p.Record(&capture.Event{At: base.Add(time.Hour)})
		if len(l.at) != 1 {
			t.Errorf("%d events passed", len(l.at))
		}
	})
}

func TestPacerState(t *testing.T) {
	p := NewPacer(t.Context(), &timeline{}, time.Now, 0)
	if s := p.State(); s.Size != -1 || s.Done || !s.Began.IsZero() {
		t.Errorf("at first: %+v", s)
	}
	base := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	p.Record(&capture.Event{At: base})
	p.Record(&capture.Event{At: base.Add(time.Second)})
	p.Progress(10, 100)
	p.Finish()
	s := p.State()
	if !s.Began.Equal(base) || !s.At.Equal(base.Add(time.Second)) || s.Read != 10 || s.Size != 100 || !s.Done {
		t.Errorf("at the end: %+v", s)
	}
}
