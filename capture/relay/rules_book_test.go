package relay

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
)

// TestBookProperty is TestRulesProperty with the programs of real rules: random ones, several
// at a time, of every action. Each rule is told to be applied as often as it counts itself, whatever
// came of that.
func TestBookProperty(t *testing.T) {
	for seed := range uint64(400) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newLab(t, seed)
				rules := newRules(t, rand.New(rand.NewPCG(seed, 4)), seed%5 == 0 && seed%3 != 0)
				book, err := rule.NewBook(rules, seed)
				if err != nil {
					t.Fatal(err)
				}
				past := book.Session(1, "", time.Now())
				for d, s := range w.sides {
					s.judge = past.Judge(protocol.Direction(d))
				}
				w.play()
				for _, r := range book.Rules() {
					if told := w.sides[0].applied[r.Number()] + w.sides[1].applied[r.Number()]; told != r.Applied() {
						t.Errorf("%v is told to be applied %d times, and counts %d", r, told, r.Applied())
					}
				}
			})
		})
	}
}

// newRules returns random rules. Their times are no multiples of those of the records.
func newRules(t *testing.T, rnd *rand.Rand, cuts bool) (rules []*rule.Rule) {
	t.Helper()
	wait := func(most int) string {
		return fmt.Sprintf("%dns", rnd.IntN(most)*int(time.Millisecond)+1+rnd.IntN(100))
	}
	actions := []func() string{
		func() string { return "delay " + wait(200) },
		func() string { return "delay all " + wait(100) },
		func() string { return "hold " + wait(200) },
		func() string { return "throttle 2KiB/s" },
		func() string { return "drop" },
		func() string { return "duplicate 2" },
		func() string { return `replace data "other"` },
		func() string { return "replace stream 2" },
		func() string { return "corrupt" },
		func() string { return `insert SYN 3 "toward"` },
		func() string { return "insert behind raw 00ff" },
		func() string { return "split 3,40" },
		func() string { return "join" },
		func() string { return "sequence delay " + wait(50) + "; duplicate; split 1" },
		func() string { return "cut reset" },
	}
	modifiers := []string{"", "", "once", "times 3", "every 4", "with 0.3", "after 100ms", "for 200ms", "toward client", "toward server"}
	wheres := []string{
		`cmd == "PSH"`, "stream == 1", "stream > 1", "len > 20", "preamble", `cmd == "Alert"`,
		"count > 10", `text contains "a"`, `dir == "s2c"`, "true",
	}
	for range 1 + rnd.IntN(5) {
		n := len(actions)
		if !cuts {
			n--
		}
		text := actions[rnd.IntN(n)]() + " " + modifiers[rnd.IntN(len(modifiers))] + " where " + wheres[rnd.IntN(len(wheres))]
		if r, err := rule.Parse(text); err == nil { // some of these mean nothing together
			rules = append(rules, r)
		}
	}
	return rules
}
