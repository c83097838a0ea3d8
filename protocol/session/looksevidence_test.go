package session_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
	"anytls-inspect/protocol/session"
)

// TestHabitTable holds the form of the table of implementations.
func TestHabitTable(t *testing.T) {
	for _, fault := range session.HabitFaults() {
		t.Error(fault)
	}
}

// TestLooksAreTheSameHoweverFed holds that what is learned of a peer depends neither on how its
// bytes were cut, nor on how often the time is told; and where records are not known, that it
// is nothing else than what is learned with them.
func TestLooksAreTheSameHoweverFed(t *testing.T) {
	for _, r := range recordings(t) {
		want := r.looks(t, feeding{})
		one := func(protocol.Direction, int) int { return 1 + len(r.text)%700 }
		for name, how := range map[string]feeding{
			"in pieces":         {chunk: one},
			"cut by the source": {cuts: func() bool { return true }},
			"ticked":            {tick: 700 * time.Millisecond},
		} {
			if got := r.looks(t, how); got != want {
				t.Errorf("%v, %s: %x, want %x", r.peers, name, got, want)
			}
		}
		blind := r.looks(t, feeding{blind: true, join: true})
		for peer := range want {
			if blind[peer]&^want[peer] != 0 || peer == int(protocol.Server) && blind[peer] != want[peer] {
				t.Errorf("%v, without records: %x, want %x", r.peers, blind[peer], want[peer])
			}
		}
	}
}

// TestNobodyIsGuessedByWhatWasNotSeen holds that a recording which lacks bytes is guessed as of
// the programs that it is of, or of none.
func TestNobodyIsGuessedByWhatWasNotSeen(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 7))
	guesses := 0
	for _, r := range recordings(t) {
		s, err := parseScript(r.text)
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			lacking := s
			lacking.steps = lose(rng, s.steps)
			for _, v := range play(lacking, feeding{}).views {
				for peer, program := range r.peers {
					g := v.tracker.State().Looks[peer].Guess(protocol.Peer(peer))
					if g.Sure == session.NoGuess {
						continue
					}
					if guesses++; !isOf(g, program) {
						t.Errorf("%v: the %v %s, in\n%s", r.peers, protocol.Peer(peer), g.Because(), script.Script{Steps: lacking.steps}.String())
					}
				}
			}
		}
	}
	if guesses < 500 {
		t.Errorf("only %d guesses were made", guesses)
	}
}

// lose returns steps of which some that have bytes are gaps.
func lose(rng *rand.Rand, steps []script.Step) []script.Step {
	steps = slices.Clone(steps)
	chance := 2 + rng.IntN(40)
	for i := range steps {
		if st := &steps[i]; st.Kind == script.Data && rng.IntN(chance) == 0 {
			*st = script.Step{Kind: script.Gap, Session: st.Session, Dir: st.Dir, Missing: int64(len(st.Wire))}
		}
	}
	return steps
}

// TestRelayIsNotGuessed holds that what the relay makes is none of a peer's habits.
func TestRelayIsNotGuessed(t *testing.T) {
	s, err := parseScript(`c> PREAMBLE secret 30
s> HEARTREQUEST injected
s> FIN 1 injected
s> WASTE zeros 9 injected
s> SYNACK 1 "open connection to a using outbound/b: dial tcp" injected
s> PSH 1 zeros 40000 injected
c> HEARTREQUEST injected
c> FIN 1 injected
c> SETTINGS v=2 session=1 injected`)
	if err != nil {
		t.Fatal(err)
	}
	st := play(s, feeding{}).views[0].tracker.State()
	if g := st.Looks[protocol.Server]; g != 0 {
		t.Errorf("the server has habits: %x", g)
	}
	if g := st.Looks[protocol.Client].Guess(protocol.Client); g.Sure != session.NoGuess {
		t.Errorf("the client %s", g.Because())
	}
}

// TestNameStands holds that a client's name is not doubted unless the guess is sure that it is
// another's: then both are told.
func TestNameStands(t *testing.T) {
	var rs, weak session.Looks
	for _, r := range recordings(t) {
		if r.peers[protocol.Client] == "anytls-rs-0.5.4" {
			rs = rs.Plus(r.looks(t, feeding{})[protocol.Client])
			s, err := parseScript(strings.Join(strings.SplitAfter(r.text, "\n")[:5], ""))
			if err != nil {
				t.Fatal(err)
			}
			weak = play(s, feeding{}).views[0].tracker.State().Looks[protocol.Client]
		}
	}
	for _, test := range []struct {
		looks      session.Looks
		name, want string
	}{
		{rs, "", "looks very much like anytls-rs"},
		{rs, "anytls-rs/0.1.0", ""},
		{rs, "anytls/0.3.17", "looks very much like anytls-rs"},
		{rs, "mihomo/1.19.17", "looks very much like anytls-rs"},
		{rs, "mine/1", ""},
		{weak, "", ""},
		{weak, "mihomo/1.19.17", ""},
		{0, "", ""},
	} {
		st := session.State{Client: test.name, Looks: protocol.ByPeer[session.Looks]{protocol.Client: test.looks}}
		if got := st.LooksLike(protocol.Client).String(); got != test.want {
			t.Errorf("a client that calls itself %q: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestFewNamesAreGuessed holds over all that can be seen of a peer that a guess has few names,
// says by what, and is not of an implementation that does otherwise, however odd the peer.
func TestFewNamesAreGuessed(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	sure := 0
	for range 200_000 {
		looks := session.Looks(rng.Uint64() & rng.Uint64() & rng.Uint64())
		for _, peer := range [...]protocol.Peer{protocol.Client, protocol.Server} {
			g := looks.Guess(peer)
			if (g.Sure == session.NoGuess) != (len(g.Names) == 0) || len(g.Names) > 5 || (g.Sure != session.NoGuess) != (len(g.By) > 0) {
				t.Fatalf("%x: %+v", looks, g)
			}
			if g.Sure == session.Certain {
				sure++
			}
			if all := looks.Plus(^session.Looks(0)).Guess(peer); all.Sure != session.NoGuess {
				t.Fatalf("a %v that does all and nothing %s", peer, all)
			}
		}
	}
	if sure == 0 {
		t.Error("no guess is sure")
	}
}
