package interop

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// An account is what a relay under rules told of the frames of one direction of a session.
type account struct {
	came, went []Frame // without fates; what came in the order in which its fate was final
	// lost says that something was written that need not be a frame: where the next one begins
	// behind it, nobody can tell.
	lost bool
}

// accounts returns what was told of each direction of each session, under rules.
func accounts(events []labEvent, rules []string) map[Route]*account {
	all := make(map[Route]*account)
	of := func(session int, dir string) *account {
		r := Route{Session: session, Dir: dir}
		if all[r] == nil {
			all[r] = new(account)
		}
		return all[r]
	}
	for i := range events {
		e := &events[i]
		switch {
		case e.Event == "rule" && e.misleads(rules[e.Rule-1]):
			for _, dir := range []string{"c2s", "s2c"} { // what is inserted may go the other way
				of(e.Session, dir).lost = true
			}
		case e.Event == "frame" && !e.Cut:
			a, f := of(e.Session, e.Dir), Frame{Code: int(e.Code.(float64)), Stream: e.Stream, Len: e.Len}
			if !e.Injected {
				a.came = append(a.came, f)
			}
			if !e.Absorbed && e.Fate != "dropped" && e.Fate != "replaced" {
				a.went = append(a.went, f)
			}
		}
	}
	return all
}

// misleads tells whether what a rule did may have its receiver lose where frames begin: it changed bits, wrote
// what is no frame, or had another preamble go, or none.
func (e *labEvent) misleads(rule string) bool {
	switch e.Action {
	case "corrupt":
		return true
	case "insert", "replace":
		return e.Frame.Cmd == "preamble" || strings.Contains(rule, "raw ")
	case "drop", "duplicate":
		return e.Frame.Cmd == "preamble"
	}
	return false
}

// settle holds what the relay told against its recording, in which each leg has what was on it: each
// frame that came is told of once, and what went is what was told to go, in that order. It returns how
// many frames came, and how many were found where they went.
func settle(ctx context.Context, t *testing.T, file string, events []labEvent, rules []string) (came, went int) {
	t.Helper()
	legs := make(map[string]map[Route]*Told)
	for _, leg := range []string{"client", "server"} {
		var err error
		if legs[leg], err = Replay(ctx, file, "--leg", leg); err != nil {
			t.Fatal(err)
		}
	}
	for r, a := range accounts(events, rules) {
		from, to := "client", "server"
		if r.Dir == "s2c" {
			from, to = to, from
		}
		if problem := a.missed(bare(legs[from][r])); problem != "" {
			t.Errorf("session %d, %s, as it came: %s", r.Session, r.Dir, problem)
		}
		arrived := bare(legs[to][r])
		if problem := a.strayed(arrived); problem != "" {
			t.Errorf("session %d, %s, as it went: %s", r.Session, r.Dir, problem)
		}
		came, went = came+len(a.came), went+len(arrived)
	}
	return came, went
}

// bare returns frames without their fates.
func bare(t *Told) (frames []Frame) {
	if t != nil {
		for _, f := range t.Frames {
			f.Fate = ""
			frames = append(frames, f)
		}
	}
	return frames
}

// missed compares what was told to have come with what was on the sender's leg. A relay need not take
// all that it has read when a session ends: what it has not told of are the last ones.
func (a *account) missed(leg []Frame) string {
	left := make(map[Frame]int)
	for _, f := range a.came {
		left[f]++
	}
	untold := 0
	for i, f := range leg {
		switch {
		case left[f] == 0:
			untold++
		case untold > 0:
			return fmt.Sprintf("frame %d of %d, %+v, is told of, and %d before it are not", i+1, len(leg), f, untold)
		default:
			left[f]--
		}
	}
	for f, n := range left {
		if n > 0 {
			return fmt.Sprintf("%+v is told of %d times more than it came", f, n)
		}
	}
	return ""
}

// strayed compares what was told to go with what was on the receiver's leg. What was written last may
// have met a connection that was gone.
func (a *account) strayed(leg []Frame) string {
	if a.lost {
		return ""
	}
	if len(leg) > len(a.went) {
		return fmt.Sprintf("%d frames went, and %d are told of", len(leg), len(a.went))
	}
	for i, f := range leg {
		if f != a.went[i] {
			return fmt.Sprintf("frame %d of %d is %+v, told is %+v", i+1, len(leg), f, a.went[i])
		}
	}
	return ""
}

// TestAccount: frames that nobody told of are seen, and those that were told of twice.
func TestAccount(t *testing.T) {
	a, b, c := Frame{Code: 1, Stream: 1}, Frame{Code: 2, Stream: 1, Len: 5}, Frame{Code: 3, Stream: 1}
	for _, tc := range []struct {
		name           string
		told           account
		sent, got      []Frame
		missed, astray bool
	}{
		{"all is told", account{came: []Frame{a, b, c}, went: []Frame{a, c}}, []Frame{a, b, c}, []Frame{a, c}, false, false},
		{"held and overtaken", account{came: []Frame{b, c, a}, went: []Frame{b, c, a}}, []Frame{a, b, c}, []Frame{b, c, a}, false, false},
		{"the last ones not taken", account{came: []Frame{a}, went: []Frame{a}}, []Frame{a, b, c}, nil, false, false},
		{"one in the middle lost", account{came: []Frame{a, c}, went: []Frame{a, c}}, []Frame{a, b, c}, []Frame{a, c}, true, false},
		{"one made up", account{came: []Frame{a, b, c, c}, went: []Frame{a, b, c}}, []Frame{a, b, c}, []Frame{a, b, c}, true, false},
		{"one that should not go", account{came: []Frame{a, b}, went: []Frame{a}}, []Frame{a, b}, []Frame{a, b}, false, true},
		{"another order", account{came: []Frame{a, b}, went: []Frame{a, b}}, []Frame{a, b}, []Frame{b, a}, false, true},
		{"not even a frame", account{came: []Frame{a, b}, went: []Frame{a, b}, lost: true}, []Frame{a, b}, []Frame{b, a}, false, false},
	} {
		if got := tc.told.missed(tc.sent); (got != "") != tc.missed {
			t.Errorf("%s: as it came: %q", tc.name, got)
		}
		if got := tc.told.strayed(tc.got); (got != "") != tc.astray {
			t.Errorf("%s: as it went: %q", tc.name, got)
		}
	}
}
