package rule_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

// A modified is a random rule with the parameters that its text was made of.
type modified struct {
	times, every int
	after, span  time.Duration
	toward       string
	stream       uint32
	drops        bool
}

// String returns the rule.
func (m *modified) String() string {
	text := "duplicate"
	if m.drops {
		text = "drop"
	}
	if m.times > 0 {
		text += fmt.Sprintf(" times %d", m.times)
	}
	if m.every > 0 {
		text += fmt.Sprintf(" every %d", m.every)
	}
	if m.after > 0 {
		text += fmt.Sprintf(" after %v", m.after)
	}
	if m.span > 0 {
		text += fmt.Sprintf(" for %v", m.span)
	}
	if m.toward != "" {
		text += " toward " + m.toward
	}
	return text + fmt.Sprintf(" where stream == %d", m.stream)
}

// A model says what rules do with frames, in the plainest way.
type model struct {
	rules   []modified
	applied []int          // by rule, in the run
	matches map[string]int // by rule, session and direction
}

// judge returns the program of a frame, in words.
func (m *model) judge(session capture.SessionID, c *came) string {
	var program []string
	for i, r := range m.rules {
		wrongWay := r.toward != "" && r.toward != c.dir.Receiver().String()
		if wrongWay || r.stream != c.Stream || c.after < r.after || r.span > 0 && c.after >= r.after+r.span {
			continue
		}
		key := fmt.Sprint(i, session, c.dir)
		m.matches[key]++
		if r.every > 0 && m.matches[key]%r.every != 0 || r.times > 0 && m.applied[i] == r.times {
			continue
		}
		m.applied[i]++
		if r.drops {
			return strings.Join(append(program, fmt.Sprint(i+1, " drop")), "; ")
		}
		program = append(program, fmt.Sprint(i+1, " duplicate"))
	}
	return strings.Join(program, "; ")
}

// TestModifiers holds that random rules do with random frames of several sessions what the
// model says.
func TestModifiers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		m := &model{matches: make(map[string]int)}
		var texts []string
		for range 1 + r.IntN(5) {
			one := modified{stream: r.Uint32N(2), drops: r.IntN(3) == 0, toward: []string{"", "", "client", "server"}[r.IntN(4)]}
			switch r.IntN(3) {
			case 0:
				one.times = 1 + r.IntN(6)
			case 1:
				one.every = 1 + r.IntN(4)
			}
			if r.IntN(2) == 0 {
				one.after = time.Duration(1+r.IntN(20)) * time.Second
			}
			if r.IntN(2) == 0 {
				one.span = time.Duration(1+r.IntN(20)) * time.Second
			}
			m.rules = append(m.rules, one)
			texts = append(texts, one.String())
		}
		m.applied = make([]int, len(m.rules))
		b := book(t, r.Uint64(), texts...)
		sessions := []*judges{session(b, 1), session(b, 2), session(b, 3)}
		for at := range 60 {
			id := r.IntN(len(sessions))
			c := &came{
				after: time.Duration(at) * time.Second / 2, dir: protocol.Direction(r.IntN(2)),
				Frame: protocol.Frame{Command: protocol.PSH, Stream: r.Uint32N(2)},
			}
			if got, want := sessions[id].show(c), m.judge(capture.SessionID(id), c); got != want {
				t.Fatalf("%s\nframe %d: %q, want %q", strings.Join(texts, "\n"), at, got, want)
			}
		}
		for i, rule := range b.Rules() {
			if int(rule.Applied()) != m.applied[i] {
				t.Errorf("%v: it was applied %d times, want %d", rule, rule.Applied(), m.applied[i])
			}
		}
	}
}

// TestChance holds that chance chooses about as many frames as it says, the same ones with
// the same seed in whatever order sessions take turns, and others with another seed, in
// another session, direction and rule.
func TestChance(t *testing.T) {
	const frames = 4000
	run := func(seed uint64, turns []int) [4]string {
		b := book(t, seed, `duplicate with 0.25 where stream == 1`, `duplicate with 0.25 where stream == 1`)
		one, two := session(b, 1), session(b, 2)
		var got [4]string
		for _, turn := range turns {
			j, dir := one, c2s
			if turn&1 != 0 {
				j = two
			}
			if turn&2 != 0 {
				dir = s2c
			}
			got[turn] += map[string]string{"": ".", "1 duplicate": "1", "2 duplicate": "2", "1 duplicate; 2 duplicate": "3"}[j.show(frame(dir, protocol.PSH, 1, ""))]
		}
		return got
	}
	var inTurn, mixed []int
	for i := range 4 * frames {
		inTurn = append(inTurn, i%4)
		mixed = append(mixed, i/frames)
	}
	first := run(1, inTurn)
	if run(1, mixed) != first {
		t.Error("another order of sessions chose other frames")
	}
	other := run(2, inTurn)
	seen := make(map[string]bool)
	for _, chosen := range append(first[:], other[:]...) {
		if seen[chosen] {
			t.Error("the same frames were chosen twice")
		}
		seen[chosen] = true
		for _, rule := range []string{"1", "2"} {
			n := strings.Count(chosen, rule) + strings.Count(chosen, "3")
			if share := float64(n) / frames; share < 0.22 || share > 0.28 {
				t.Errorf("rule %s chose %.3f of the frames", rule, share)
			}
		}
		if both := float64(strings.Count(chosen, "3")) / frames; both < 0.04 || both > 0.09 {
			t.Errorf("both rules chose %.3f of the frames: they are not independent", both)
		}
	}
}
