package rule_test

import (
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
)

// TestBook holds what adding, removing and switching rules does, also in sessions that have
// begun, and that no number is given twice.
func TestBook(t *testing.T) {
	b := book(t, 1)
	j := session(b, 1)
	synack := frame(s2c, protocol.SYNACK, 1, "")
	shows := func(want string) {
		t.Helper()
		if got := j.show(synack); got != want {
			t.Errorf("the program is %q, want %q", got, want)
		}
		if on := slices.ContainsFunc(b.Rules(), (*rule.Rule).On); j[s2c].On() != on {
			t.Errorf("a rule is on: %v, want %v", j[s2c].On(), on)
		}
	}
	add := func(text string, want uint16) {
		t.Helper()
		if r, err := b.Add(text); err != nil || r.Number() != want {
			t.Fatalf("%q: rule %v, %v", text, r, err)
		}
	}
	shows("")
	add(`delay 1s where true`, 1)
	add(`duplicate every 2 where true`, 2)
	shows("1 delay 1s")
	shows("1 delay 1s; 2 duplicate")
	shows("1 delay 1s")
	if !b.Set(2, false) || !b.Set(2, true) {
		t.Error("rule 2 can't be switched")
	}
	shows("1 delay 1s; 2 duplicate") // what it has counted is not lost
	if !b.Remove(1) || b.Remove(1) || b.Set(1, true) || b.Set(9, true) {
		t.Error("a rule is removed once, and what is not there can't be switched")
	}
	shows("")
	shows("2 duplicate")
	if !b.Set(2, false) {
		t.Error("rule 2 can't be switched off")
	}
	shows("")
	if r := b.Rules()[0]; r.On() || r.Applied() != 3 {
		t.Errorf("on %v, applied %d", r.On(), r.Applied())
	}
	add(`join where true`, 3)
	shows("3 join")
	var wrong *rule.Error
	if _, err := b.Add(`delay where true`); !errors.As(err, &wrong) {
		t.Errorf("the error of a wrong rule is %v", err)
	}
}

// TestNumbers holds that a book takes no more rules than there are numbers.
func TestNumbers(t *testing.T) {
	rules := slices.Repeat(book(t, 1, `join where true`).Rules(), math.MaxUint16+1)
	if _, err := rule.NewBook(rules, 1); !errors.Is(err, rule.ErrTooManyRules) {
		t.Errorf("the error is %v", err)
	}
}

// TestConcurrent holds that rules can be added, removed and switched while sessions are
// judged, and that a limit holds over all of them.
func TestConcurrent(t *testing.T) {
	const times, frames = 50, 300
	b := book(t, 1, `drop times 50 where stream == 1 && target == "" && client == ""`, `throttle 1MiB/s where true`)
	var judging, switching sync.WaitGroup
	done := make(chan struct{})
	dropped := make([]int, 8)
	for n := range dropped {
		s := b.Session(capture.SessionID(n/2+1), "", began)
		j := s.Judge(protocol.Direction(n % 2))
		judging.Go(func() {
			for i := range frames {
				if !j.On() || j.NeedsData() && i < 0 {
					t.Error("no rule is on")
				}
				h := protocol.Header{Command: protocol.Command(i % 4), Stream: uint32(i % 3)}
				p := j.Frame(began.Add(time.Duration(i)*time.Millisecond), h, false, nil, true)
				for k := range p {
					if p[k].Action == rule.Drop {
						dropped[n]++
					}
				}
			}
		})
	}
	for range 2 {
		switching.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				r, err := b.Add(`duplicate where cmd == "PSH" && text == ""`)
				if err != nil {
					return
				}
				b.Set(r.Number(), false)
				b.Set(r.Number(), true)
				b.Rules()
				b.Remove(r.Number())
			}
		})
	}
	judging.Wait()
	close(done)
	switching.Wait()
	sum := 0
	for _, n := range dropped {
		sum += n
	}
	if sum != times || b.Rules()[0].Applied() != times {
		t.Errorf("%d frames were dropped, %d counted, want %d", sum, b.Rules()[0].Applied(), times)
	}
}
