package replay_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/internal/pcaptest"
	"anytls-inspect/protocol"
)

// A lossy holds what a replay tells of a capture without some packets to what lies in the
// records that are whole.
type lossy struct {
	source
	wires map[wireKey]*wire
	truth *telling
	wrong int // how many times something was
}

func newLossy(t testing.TB, s source) *lossy {
	return &lossy{source: s, wires: wiresOf(t, s), truth: tell(t, s.Capture, s.keys)}
}

// A left says what of a capture is there when some packets are not.
type left struct {
	seen   map[wireKey][]bool
	known  map[wireKey]int  // how far it is known that bytes were sent
	hellos map[string]bool  // both hellos of a client's connection are there
	begins map[wireKey]bool // it is known where the bytes begin
	speaks map[string]bool  // there is a SYN of a client's connection, or payload: else nothing tells that there is one
}

// leaves returns what packets leave.
func (l *lossy) leaves(rest pcaptest.Capture) left {
	is := left{make(map[wireKey][]bool), make(map[wireKey]int), make(map[string]bool), make(map[wireKey]bool), make(map[string]bool)}
	for key, w := range l.wires {
		is.seen[key] = make([]bool, w.size)
	}
	for _, g := range rest.Segments() {
		key, back := wireKey{g.Client, g.From}, wireKey{g.Client, protocol.Server}
		if g.From == protocol.Server {
			back.from = protocol.Client
		}
		at := int(int32(g.Seq - l.wires[key].first))
		seen := is.seen[key]
		for i := range g.Payload {
			seen[at+i] = true
		}
		if !g.RST { // where a reset stands may be made up
			is.known[key] = max(is.known[key], at+g.Length)
		}
		is.speaks[g.Client] = is.speaks[g.Client] || g.SYN || g.Length > 0
		// A SYN says where bytes begin, and so do acknowledgements before the first of them.
		is.begins[key] = is.begins[key] || g.SYN
		is.begins[back] = is.begins[back] || g.ACK && !g.RST && (g.SYN || g.From == protocol.Client && at == 0)
		if g.ACK {
			is.known[back] = max(is.known[back], int(int32(g.Ack-l.wires[back].first)))
		}
	}
	for key, w := range l.wires {
		whole := !slices.Contains(is.seen[key][:w.hello], false)
		is.begins[key] = is.begins[key] || whole
		if old, ok := is.hellos[key.client]; !ok || old {
			is.hellos[key.client] = whole
		}
	}
	return is
}

// faults returns what is wrong with what is told where packets are dropped, and the rest is
// changed as words say.
func (l *lossy) faults(t testing.TB, dropped []int, then string) []string {
	t.Helper()
	rest := l.Drop(dropped...)
	told, is := tell(t, transformed(t, rest, then), l.keys), l.leaves(rest)
	faults := told.accuses(l.truth)
	for key, w := range l.wires {
		got, truth, dir := told.sessions[key.client], l.truth.sessions[key.client], protocol.ClientToServer
		if key.from == protocol.Server {
			dir = protocol.ServerToClient
		}
		complain := func(format string, args ...any) {
			faults = append(faults, fmt.Sprintf("%s, %v: ", key.client, dir)+fmt.Sprintf(format, args...))
		}
		switch {
		case got == nil && !is.speaks[key.client]:
			continue
		case got == nil:
			complain("no session")
			continue
		case !is.begins[wireKey{key.client, protocol.Client}] || !is.begins[wireKey{key.client, protocol.Server}]:
			continue // it begins in the middle
		case !is.hellos[key.client] && truth.version == "TLS 1.2":
			continue // it is not opened without both
		}
		if fault := embeds(got.frames[dir], truth.frames[dir], w.must(is.seen[key], key.from == protocol.Client)); fault != "" {
			complain("%s", fault)
		}
		lost, end := w.lost(is.seen[key])
		ev := got.evidence
		switch {
		case lost > 0 && end <= is.known[key] && !got.says(dir, truth):
			complain("%d bytes of records are lost, and the evidence does not say so", lost)
		case !slices.Contains(is.seen[key], false) && (ev.Gaps[dir] > 0 || ev.Unseen[dir] != ""):
			complain("nothing is lost, and the evidence is %+v", ev)
		}
	}
	slices.Sort(faults)
	return faults
}

// smallest leaves out what packets it can from those that are dropped, as long as something
// is wrong.
func (l *lossy) smallest(t testing.TB, dropped []int, then string) []int {
	t.Helper()
	for i := 0; i < len(dropped) && len(dropped) > 1; {
		fewer := slices.Delete(slices.Clone(dropped), i, i+1)
		if len(l.faults(t, fewer, then)) > 0 {
			dropped, i = fewer, 0
		} else {
			i++
		}
	}
	return dropped
}

// enoughWrong is how many failures of a capture are told.
const enoughWrong = 4

// hold holds a capture without these packets, and changed as words say, to the truth.
func (l *lossy) hold(t *testing.T, dropped []int, then string) {
	t.Helper()
	if len(l.faults(t, dropped, then)) == 0 {
		return
	}
	dropped = l.smallest(t, dropped, then)
	words := strings.ReplaceAll(strings.Trim(fmt.Sprint(dropped), "[]"), " ", ",")
	t.Errorf("%s, drop=%s %s:\n\t%s", l.name, words, then, strings.Join(l.faults(t, dropped, then), "\n\t"))
	if l.wrong++; l.wrong == enoughWrong {
		t.Fatal("and so on")
	}
}

// TestDroppedEach: with any one packet lost, nothing is lost but the frames that the records
// touched by it hold, and nobody is accused.
func TestDroppedEach(t *testing.T) {
	for _, s := range shared(t) {
		t.Run(s.name, func(t *testing.T) {
			l := newLossy(t, s)
			for i := range s.Packets {
				l.hold(t, []int{i}, "")
			}
		})
	}
}

// TestDroppedAny is the same for any packets, alone and in bursts.
func TestDroppedAny(t *testing.T) {
	seeds := map[string]uint64{"http": 80, "synackerr": 120, "wrongpw": 60, "larger": 12}
	sources := append(all(t), source{"http, of a network", transformed(t, shared(t)[0].Capture, "mss=1400"), shared(t)[0].keys})
	seeds["http, of a network"] = 50
	for _, s := range sources {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			l := newLossy(t, s)
			for seed := range seeds[s.name] {
				l.hold(t, someOf(rand.New(rand.NewPCG(seed, 9)), len(s.Packets)), "")
			}
		})
	}
}

// TestDroppedAndMore is the same where order and times are others, too.
func TestDroppedAndMore(t *testing.T) {
	for _, s := range shared(t) {
		for _, then := range []string{"skew=server,5ms", "skew=client,5ms", "shuffle=1,6", "encapsulate=vxlan fragment=900"} {
			t.Run(s.name+" "+then, func(t *testing.T) {
				l := newLossy(t, s)
				for seed := range uint64(25) {
					l.hold(t, someOf(rand.New(rand.NewPCG(seed, 8)), len(s.Packets)), then)
				}
			})
		}
	}
}

// TestDroppedAtOnce: where both directions lack something, packets of each wait for what the
// other lacks; and where a connection begins in the middle, its first packets keep their order.
func TestDroppedAtOnce(t *testing.T) {
	for _, s := range shared(t) {
		l := newLossy(t, s)
		for _, dropped := range [][]int{
			{4, 5, 7},
			{0, 7, 8, 9, 10, 12},
			{1, 5, 7},
			{0, 1, 3},
			{0, 1, 5},
			{0, 1, 3, 17},
			{0, 1, 3, 5, 7, 29, 30, 31, 32, 33, 34, 35},
		} {
			if dropped[len(dropped)-1] >= len(s.Packets) {
				continue
			}
			for _, then := range []string{"", "skew=server,5ms", "skew=client,5ms", "shuffle=1,6"} {
				l.hold(t, dropped, then)
			}
		}
	}
}

// TestDroppedTimes: the frames behind gaps have times near those at which they came, however many
// gaps there are, and not that at which the capture had come to its end.
func TestDroppedTimes(t *testing.T) {
	const apart = 1100 * time.Millisecond // what came behind a lost packet waits for packets that show the loss
	l := newLossy(t, shared(t)[0])
	type one struct {
		header protocol.Header
		data   string
	}
	for second := 10; second < 40; second++ {
		told := tell(t, l.Drop(9, second), l.keys)
		for client, got := range told.sessions {
			for dir := range got.frames {
				times := make(map[one][]time.Time)
				for _, f := range l.truth.sessions[client].frames[dir] {
					times[one{f.header, f.data}] = append(times[one{f.header, f.data}], f.at)
				}
				for _, f := range got.frames[dir] {
					switch truth := times[one{f.header, f.data}]; {
					case f.cut || len(truth) != 1: // which of several it is is not known
					case f.at.Sub(truth[0]) > apart || f.at.Before(truth[0]):
						t.Errorf("drop=9,%d: %v came at %v, and is told at %v", second, f, truth[0], f.at)
					}
				}
			}
		}
	}
}

// someOf returns up to five numbers below n, or bursts of them.
func someOf(r *rand.Rand, n int) (numbers []int) {
	for range 1 + r.IntN(5) {
		at, burst := r.IntN(n), 1
		if r.IntN(3) == 0 {
			burst += r.IntN(8)
		}
		for i := at; i < min(at+burst, n); i++ {
			numbers = append(numbers, i)
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}
