package interop

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// one draws one of some words.
func one(r *rand.Rand, words ...string) string { return words[r.IntN(len(words))] }

// gentle draws an action that leaves frames as they are.
func gentle(r *rand.Rand) string {
	wait := one(r, "2ms", "20ms", "150ms", "600ms")
	return one(r,
		"delay "+wait, "delay all "+wait, "hold "+wait, "hold all "+wait,
		"throttle "+one(r, "20KiB/s", "500KiB/s", "4MiB/s"),
		fmt.Sprintf("split %d", 1+r.IntN(40)), fmt.Sprintf("split %d,%d", 1+r.IntN(40), 1+r.IntN(400)), "join",
		"stall "+wait, "sequence delay "+wait+"; split 5")
}

// harsh draws an action that a peer can't but see.
func harsh(r *rand.Rand) string {
	frame := one(r, "HeartRequest", `HeartRequest 7 "x"`, `PSH 1 "lab"`, "FIN 1", "SYN 9", `Alert "lab"`, `42 0 "lab"`, `Waste "lab"`, "raw 0102")
	return one(r,
		"drop", "duplicate", "duplicate 3", `replace data "lab"`, "replace stream 9", "replace command Waste", "replace frame "+frame,
		"corrupt", "corrupt data", "corrupt header", "insert "+frame, "insert behind "+frame, "cut", "cut reset", "cut close_notify", "cut fin",
		"sequence delay 5ms; duplicate", "sequence split 3; drop")
}

// which draws the frames that a rule is about.
func which(r *rand.Rand) string {
	return one(r, "true", `cmd == "PSH"`, `cmd == "PSH" && len > 500`, `cmd == "SYN"`, `cmd == "SYNACK"`, `cmd == "FIN"`, `cmd == "Waste"`,
		`cmd endsWith "Settings"`, `cmd startsWith "Heart"`, "preamble", `dir == "s2c"`, `dir == "c2s"`, "stream == 1", "stream > 1", "count % 7 == 3",
		"age > 300ms", `target contains "127.0.0.1"`, `client != ""`, `text contains "e"`, `session % 3 == 1`)
}

// randomRules draws the rules of a run. Harsh ones are rare, so that traffic goes on.
func randomRules(r *rand.Rand) (rules []string) {
	for range 1 + r.IntN(3) {
		rules = append(rules, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s where %s", gentle(r),
			one(r, "", "", "every 3", "with 0.3", "times 20"), one(r, "", "", "after 100ms"), one(r, "", "", "for 2s"), which(r))), " "))
	}
	for range 1 + r.IntN(3) {
		rules = append(rules, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s where %s", harsh(r),
			one(r, "once", "times 3", "every 17", "with 0.02"), one(r, "", "after 200ms"), which(r))), " "))
	}
	r.Shuffle(len(rules), func(i, k int) { rules[i], rules[k] = rules[k], rules[i] })
	return rules
}

// TestRandomRules: the rules of a seed are the same each time.
func TestRandomRules(t *testing.T) {
	seeded := func() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }
	first, second := seeded(), seeded()
	for range 10 {
		if a, b := randomRules(first), randomRules(second); fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("%q, then %q", a, b)
		}
	}
}
