package replay_test

import (
	"fmt"
	"strings"
	"testing"

	"anytls-inspect/capture/internal/pcaptest"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// transformed returns a capture that was changed as words say: see [pcaptest.Apply].
func transformed(t testing.TB, c pcaptest.Capture, words string) pcaptest.Capture {
	t.Helper()
	c, err := pcaptest.Apply(c, words)
	check(t, err)
	return c
}

// changes is a table of changes of captures and of key logs, each by its words, and of how
// a replay of what comes of it is held to the truth.
type changes []struct {
	capture, keys string
	held          func(t *testing.T, told, truth *telling)
}

// run replays what comes of each change of each capture. The program transform makes the
// same files.
func (table changes) run(t *testing.T, sources []source) {
	for _, s := range sources {
		t.Run(s.name, func(t *testing.T) {
			truth := tell(t, s.Capture, s.keys)
			for _, change := range table {
				t.Run(strings.TrimSpace(change.capture+" "+change.keys), func(t *testing.T) {
					keys, err := pcaptest.ApplyToKeys(s.keys, change.keys)
					check(t, err)
					change.held(t, tell(t, transformed(t, s.Capture, change.capture), keys), truth)
				})
			}
		})
	}
}

// all are the shared captures and the larger one.
func all(t *testing.T) []source { return append(shared(t), larger(t)) }

// TestWrapped: what packets are wrapped in, how they are cut, and how keys are written down,
// changes nothing.
func TestWrapped(t *testing.T) {
	same := func(t *testing.T, told, truth *telling) {
		told.agrees(t, truth, true)
		if len(told.warnings) > 0 {
			t.Errorf("warnings: %q", told.warnings)
		}
	}
	table := changes{
		{capture: "mss=1400", held: same},
		{capture: "mss=100", held: same},
		{capture: "fragment=576", held: same},
		{capture: "mss=1400 fragment=68", held: same},
		{capture: "checksums", held: same},
		{capture: "badsum", held: same},
		{capture: "mss=1000 encapsulate=vxlan fragment=800", held: same},
		{capture: "encapsulate=vxlan encapsulate=gre", held: same},
		{capture: "encapsulate=qinq encapsulate=mpls", held: same},
	}
	for _, kind := range pcaptest.Tunnels() {
		table = append(table, changes{{capture: "encapsulate=" + kind, held: same}}...)
	}
	table.run(t, all(t))
	changes{
		{keys: "traffic", held: func(t *testing.T, told, truth *telling) { told.agrees(t, truth, true) }},
		{keys: "utf16", held: func(t *testing.T, told, truth *telling) { told.agrees(t, truth, true) }},
	}.run(t, shared(t)) // of TLS 1.3
}

// TestReordered: packets stand in another order, or bear the times of two clocks.
func TestReordered(t *testing.T) {
	same := func(t *testing.T, told, truth *telling) { told.agrees(t, truth, false) }
	var table changes
	for _, skew := range []string{"500us", "5ms", "50ms", "-500us", "-5ms", "-50ms"} {
		table = append(table, changes{
			{capture: "skew=client," + skew, held: same},
			{capture: "skew=server," + skew, held: same},
		}...)
	}
	for _, end := range []string{"client", "server"} {
		table = append(table, changes{
			{capture: "direction=" + end, held: same},
			{capture: "skew=client,5ms direction=" + end, held: same},
			{capture: "mss=500 direction=" + end, held: same},
		}...)
	}
	for seed := range 3 {
		table = append(table, changes{
			{capture: fmt.Sprintf("shuffle=%d,20", seed), held: same},
			{capture: fmt.Sprintf("shuffle=%d,3 restamp", seed), held: same},
			{capture: fmt.Sprintf("shuffle=%d,20 restamp", seed), held: same},
			{capture: fmt.Sprintf("mss=500 shuffle=%d,20", seed), held: same},
		}...)
	}
	table.run(t, all(t))
}

// TestSentAgain: a packet that was lost before the tap comes late, and one that is damaged
// does not count. A damaged one is never longer than a network's segments: those that a
// network card joins are whole.
func TestSentAgain(t *testing.T) {
	for _, s := range all(t) {
		t.Run(s.name, func(t *testing.T) {
			truth := tell(t, s.Capture, s.keys)
			for _, change := range []struct{ before, words string }{{"restamp", "resend=%d"}, {"mss=1400 checksums", "corrupt=%d"}} {
				c := transformed(t, s.Capture, change.before)
				for i := 3; i < len(c.Packets); i += 1 + len(c.Packets)/12 {
					words := fmt.Sprintf(change.words, i)
					t.Run(change.before+" "+words, func(t *testing.T) {
						tell(t, transformed(t, c, words), s.keys).agrees(t, truth, false)
					})
				}
			}
		})
	}
}

// TestTextInReset: text that a reset has is no data, and no gap.
func TestTextInReset(t *testing.T) {
	for _, s := range all(t) {
		t.Run(s.name, func(t *testing.T) {
			n := len(s.Packets)
			for i := 8; i < n-6; i += 1 + n/10 {
				for _, end := range []string{"client", "server"} {
					words := fmt.Sprintf("reset=%d,%s,", i, end)
					t.Run(words, func(t *testing.T) {
						truth := tell(t, transformed(t, s.Capture, words), s.keys)
						tell(t, transformed(t, s.Capture, words+"no-such-user"), s.keys).agrees(t, truth, true)
					})
				}
			}
		})
	}
}

// TestLacking: what a capture or a key log lacks is held against nobody, and said.
func TestLacking(t *testing.T) {
	partly := func(lacks protocol.Direction) func(*testing.T, *telling, *telling) {
		return func(t *testing.T, told, truth *telling) {
			complain(t, told.accuses(truth))
			told.lacks(t, truth, lacks)
		}
	}
	nothing := func(words ...string) func(*testing.T, *telling, *telling) {
		return func(t *testing.T, told, truth *telling) {
			complain(t, told.accuses(truth))
			told.saysNothingButWhy(t, words...)
		}
	}
	snapped := func(t *testing.T, told, truth *telling) {
		complain(t, told.accuses(truth))
		if !strings.Contains(strings.Join(told.warnings, "\n"), "-s 0") {
			t.Errorf("no warning says what to do about the snap length: %q", told.warnings)
		}
		for client, got := range told.sessions {
			for _, why := range got.evidence.Unseen {
				if strings.Contains(why, "buffer") { // that is for packets that were dropped
					t.Errorf("%s: the advice is another's: %q", client, why)
				}
			}
		}
	}
	changes{
		{capture: "only=client", held: partly(down)},
		{capture: "only=server", held: partly(up)},
		{keys: "client", held: partly(down)},
		{keys: "server", held: partly(up)},
		{keys: "handshake", held: nothing("TRAFFIC_SECRET")},
		{keys: "others", held: nothing("key log")},
		{capture: "cut=68", held: snapped},
		{capture: "cut=96", held: snapped},
		{capture: "cut=200", held: snapped},
		{capture: "cut=600", held: snapped},
		{capture: "only=client cut=600", held: snapped},
	}.run(t, shared(t))
}

// lacks holds the evidence of each session to a direction of which nothing was seen. What
// the other direction has is all told.
func (told *telling) lacks(t *testing.T, truth *telling, dir protocol.Direction) {
	t.Helper()
	for client, want := range truth.sessions {
		got := told.sessions[client]
		if got == nil {
			t.Errorf("%s: no session", client)
			continue
		}
		if none := len(want.frames[dir.Reverse()]) == 0; !got.says(dir, want) || !none && (got.evidence.Unseen[dir] == "" || got.notices["unseen"] != 1) {
			t.Errorf("%s: nothing says that %v is not seen: %+v, %v", client, dir, got.evidence, got.notices)
		}
		seen := dir.Reverse()
		if got.evidence.Unseen[seen] != "" {
			t.Errorf("%s: %v is seen, and is said to be not: %q", client, seen, got.evidence.Unseen[seen])
		}
		if n := len(got.frames[dir]); n > 0 {
			t.Errorf("%s: %d frames of %v, which is not seen", client, n, dir)
		}
		if i := firstDifference(got.frames[seen], want.frames[seen]); i >= 0 {
			t.Errorf("%s, %v: %d frames, want %d", client, seen, len(got.frames[seen]), len(want.frames[seen]))
		}
	}
}

// saysNothingButWhy: no session has a frame, and each says why, with these words.
func (told *telling) saysNothingButWhy(t *testing.T, words ...string) {
	t.Helper()
	for _, client := range told.clients() {
		st := told.sessions[client]
		if len(st.frames[up])+len(st.frames[down]) > 0 {
			t.Errorf("%s: there are frames", client)
		}
		for _, word := range words {
			if !strings.Contains(st.closed, word) {
				t.Errorf("%s: closed by %s; this has not %q", client, st.closed, word)
			}
		}
		if bad := st.lines(session.Warning, true); len(bad) > 0 {
			t.Errorf("%s: %q", client, bad)
		}
	}
}

// complain fails the test with each of the faults.
func complain(t *testing.T, faults []string) {
	t.Helper()
	for _, fault := range faults {
		t.Error(fault)
	}
}
