package session_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
	"anytls-inspect/protocol/session"
)

// A feeding is a way to hand a script's bytes and time to a tracker. None may
// make a difference to what comes out.
type feeding struct {
	// chunk returns how many bytes to hand over at once, given how many of the
	// direction were handed over already; nil: a line at a time.
	chunk func(dir protocol.Direction, fed int) int
	blind bool          // the source does not know what a record is
	join  bool          // lines that follow one another in one direction are one; only where blind
	tick  time.Duration // how often the trackers are told the time; 0: only with bytes
	// cuts tells of each chunk whether the source cuts it into frames; nil: of none.
	cuts func() bool
}

// play hands a script to trackers, one a session, and returns what they made of
// it.
func play(s playedScript, how feeding) *transcript {
	tr := &transcript{}
	s.cfg.Schemes, s.cfg.Fleet = session.NewSchemes(), session.NewFleet()
	now := start
	steps := s.steps
	if how.join {
		steps = joined(steps)
	}
	for _, st := range steps {
		v := tr.view(st.Session, s.cfg)
		switch st.Kind {
		case script.Data:
			how.feed(v, st, now)
		case script.Wait:
			end := now.Add(st.Wait)
			if how.tick > 0 {
				for now = now.Add(how.tick); now.Before(end); now = now.Add(how.tick) {
					tr.tick(now)
				}
				tr.tick(end)
			}
			now = end
		default:
			act(v.tracker, st, now)
		}
	}
	tr.tick(now)
	tr.state()
	return tr
}

// act tells a session's tracker what a line says that has no bytes, and lets no time pass.
func act(t *session.Tracker, st script.Step, now time.Time) {
	switch st.Kind {
	case script.Gap:
		t.Gap(now, st.Dir, st.Missing)
	case script.Unseen:
		t.Unseen(now, st.Dir, st.Text)
	case script.Order:
		t.Order(now, st.Within, st.Uncertain)
	case script.Gone:
		t.Gone(now, st.Dir.Sender())
	case script.Blocked:
		t.Blocked(now, st.Dir, now.Add(-st.For), st.Bytes, st.Silent)
	case script.Unblocked:
		t.Unblocked(now, st.Dir)
	case script.Waits:
		t.HeartbeatsWait(now, st.Dir.Sender(), now.Add(-st.For), st.Text)
	case script.Goes:
		t.HeartbeatsGo(now, st.Dir.Sender())
	case script.TLSFailed:
		t.TLSFailed(now, st.Dir.Sender(), st.Text)
	case script.Close:
		t.CloseFor(now, st.By, st.Text)
	case script.Rule:
		t.Applied(now, st.Applied)
	case script.Open:
		t.Opened(now, st.Session, st.Text, "server:443")
	}
}

// feed hands a line's bytes to a session's tracker.
func (how feeding) feed(v *view, st script.Step, now time.Time) {
	for b := st.Wire; len(b) > 0; {
		n := len(b)
		if how.chunk != nil && st.Fate == (session.Fate{}) {
			n = min(n, how.chunk(st.Dir, v.fed[st.Dir]))
		}
		// A copy, spoiled afterwards: the tracker must keep none of it.
		chunk := bytes.Clone(b[:n])
		if how.blind {
			v.tracker.Data(now, st.Dir, chunk, st.Fate)
		} else {
			v.tracker.Pieces(now, st.Dir, chunk, how.pieces(v, &st, chunk), st.Fate, st.Continues || n < len(b))
		}
		for i := range chunk {
			chunk[i] = 0xaa
		}
		v.fed[st.Dir] += n
		b = b[n:]
	}
}

// pieces returns what a chunk consists of, where the source cuts this one.
func (how feeding) pieces(v *view, st *script.Step, chunk []byte) (pieces []session.Piece) {
	if how.cuts == nil || st.Fate.Made() {
		return nil
	}
	f := &v.framings[st.Dir]
	cuts := how.cuts() && f.State() != session.AwaitingPreamble
	for len(chunk) > 0 && !f.State().Opaque() {
		p, n := f.Next(chunk)
		pieces = append(pieces, f.Piece(&p, n))
		chunk = chunk[n:]
	}
	if !cuts {
		return nil
	}
	return pieces
}

// joined returns steps with lines that are not marked, and follow one another in
// one direction, as one.
func joined(steps []script.Step) (out []script.Step) {
	for _, st := range steps {
		if n := len(out) - 1; n >= 0 && st.Kind == script.Data && out[n].Kind == script.Data && out[n].Dir == st.Dir &&
			out[n].Session == st.Session && st.Fate == (session.Fate{}) && out[n].Fate == (session.Fate{}) {
			out[n].Wire = append(bytes.Clone(out[n].Wire), st.Wire...)
			continue
		}
		out = append(out, st)
	}
	return out
}

// TestPlayIsTheSameHoweverFed plays every script with its bytes cut at every
// position, a byte at a time and joined, and with the time told often, seldom
// and never: what comes out must be the same.
func TestPlayIsTheSameHoweverFed(t *testing.T) {
	const maxCuts = 600 // of a script: beyond it they are drawn
	forEachScript(t, func(t *testing.T, s playedScript) {
		want, blind := play(s, feeding{}).String(), play(s, feeding{blind: true}).String()
		check := func(name string, how feeding) {
			t.Helper()
			want := want
			if how.blind {
				want = blind
			}
			if diff := cmp.Diff(want, play(s, how).String()); diff != "" {
				t.Fatalf("%s (-a line at a time +so):\n%s", name, diff)
			}
		}
		one := func(protocol.Direction, int) int { return 1 }
		check("a byte at a time", feeding{chunk: one})
		check("joined", feeding{join: true, blind: true})
		check("cut by the source", feeding{cuts: func() bool { return true }})
		check("cut by the source, a byte at a time", feeding{chunk: one, cuts: func() bool { return true }})
		check("the time told every 10 ms", feeding{tick: 10 * time.Millisecond})
		check("the time told every 700 ms, joined", feeding{tick: 700 * time.Millisecond, join: true, blind: true})
		r := rand.New(rand.NewPCG(1, 2))
		check("cut by the source now and then", feeding{
			chunk: func(protocol.Direction, int) int { return 1 + r.IntN(9) },
			cuts:  func() bool { return r.IntN(2) == 0 },
		})
		for dir, size := range wireSizes(s) {
			for cut := 1; cut < size; cut++ {
				if size > maxCuts && r.IntN(size) >= maxCuts/10 {
					continue
				}
				chunk := func(d protocol.Direction, fed int) int {
					if d == protocol.Direction(dir) && fed < cut {
						return cut - fed
					}
					return size
				}
				check("cut once", feeding{chunk: chunk})
				check("cut once, joined", feeding{chunk: chunk, join: true, blind: true})
			}
		}
	})
}

// TestBlindFeeding holds that a source that does not know records misses only the
// diagnostics that rest on them.
func TestBlindFeeding(t *testing.T) {
	rests := map[session.Code]bool{session.CodeAuthSplit: true, session.CodePaddingViolation: true, session.CodePaddingEarly: true, session.CodeResynchronised: true}
	seen := make(map[session.Code]bool)
	forEachScript(t, func(t *testing.T, s playedScript) {
		if slices.ContainsFunc(s.steps, func(st script.Step) bool { return st.Kind == script.Gap }) {
			if got := play(s, feeding{blind: true}).diagnostics(); got[session.CodeResynchronised] > 0 {
				t.Errorf("decoding went on %d times without knowing records", got[session.CodeResynchronised])
			}
			seen[session.CodeResynchronised] = true
			return // and what is not decoded can't be wrong
		}
		// Blind to the client's records only: the server's carry no meaning.
		got, want := play(s, feeding{blind: true}).diagnostics(), play(s, feeding{}).diagnostics()
		for code, n := range want {
			switch {
			case rests[code]:
				seen[code] = true
				if got[code] != 0 {
					t.Errorf("%s was found without knowing records", code)
				}
			case got[code] != n:
				t.Errorf("%s was found %d times, %d with records", code, got[code], n)
			}
			delete(got, code)
		}
		if len(got) > 0 {
			t.Errorf("only without records: %v", got)
		}
	})
	if len(seen) != len(rests) {
		t.Errorf("only %v was ever found", seen)
	}
}

func wireSizes(s playedScript) (sizes protocol.ByDirection[int]) {
	for _, st := range s.steps {
		sizes[st.Dir] += len(st.Wire)
	}
	return sizes
}
