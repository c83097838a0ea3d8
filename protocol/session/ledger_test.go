package session_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"anytls-inspect/protocol/session"
)

// A world is a peer that answers HeartRequests, and two ledgers that watch it: the
// relay's, and that of a journal, which follows the relay's fates and learns the time
// at random. The world knows what the ledgers have to guess: which request each
// answer belongs to.
type world struct {
	t       *testing.T
	r       *rand.Rand
	now     time.Time
	timeout time.Duration

	// The peer answers in the order of the requests. It may pass over one, but then it
	// answers no later one before the relay has given that one up.
	echoes  bool // it echoes stream ids; else its answers have 0
	forgets bool // it may pass over a request
	queue   []session.Request

	relay, journal session.Ledger
	asked          []session.Request // the relay's ledger, as a plain list
}

func (w *world) ask(injected bool) {
	q := session.Request{At: w.now, Injected: injected}
	if !injected {
		q.Stream = []uint32{0, 0, 0, 5, 9}[w.r.IntN(5)]
	}
	if !w.relay.Ask(q) || !w.journal.Ask(q) {
		w.t.Fatal("the ledger is full")
	}
	w.queue, w.asked = append(w.queue, q), append(w.asked, q)
}

// expired tells whether the relay has given up a request by now.
func (w *world) expired(q session.Request) bool { return w.now.Sub(q.At) >= w.timeout }

func (w *world) expire(l *session.Ledger) {
	for last := start; ; {
		q, n := l.Expire(w.now.Add(-w.timeout))
		if n == 0 {
			return
		}
		if !w.expired(q) || q.At.Before(last) {
			w.t.Fatalf("at %v, %+v expired after one of %v", w.now, q, last)
		}
		last = q.At
	}
}

// answer lets the peer answer its oldest request.
func (w *world) answer() {
	q := w.queue[0]
	w.queue = w.queue[1:]
	stream := q.Stream
	if !w.echoes {
		stream = 0
	}
	w.expire(&w.relay)
	got := w.relay.Settle(w.now, stream)

	if got.Absorb && !q.Injected {
		w.t.Fatalf("at %v, the answer to a peer's request %+v was absorbed as that to %+v", w.now, q, got.Request)
	}
	if got.Unsolicited || got.RTT != w.now.Sub(got.At) {
		w.t.Fatalf("at %v, the answer to %+v is %+v", w.now, q, got)
	}
	if !w.forgets {
		// All are answered, late or not: then nothing is ever shifted.
		want := session.Settlement{Request: q, RTT: w.now.Sub(q.At), Absorb: got.Absorb}
		want.Expired = w.expired(q)
		if got != want {
			w.t.Fatalf("at %v, the answer to %+v is %+v", w.now, q, got)
		}
	}
	i := slices.IndexFunc(w.asked, func(a session.Request) bool {
		return a.At.Equal(got.At) && a.Injected == got.Injected && a.Stream == got.Stream
	})
	w.asked = slices.Delete(w.asked, i, i+1)

	if w.r.IntN(2) == 0 {
		w.expire(&w.journal)
	}
	follows := w.journal.SettleMarked(w.now, stream, got.Absorb)
	follows.Expired = got.Expired // the journal may not know yet, or know already
	if follows != got {
		w.t.Fatalf("at %v, the relay's answer is\n%+v, the journal's\n%+v", w.now, got, follows)
	}
}

// forget lets the peer pass over its oldest request.
func (w *world) forget() {
	if w.forgets && w.expired(w.queue[0]) {
		w.queue = w.queue[1:]
	}
}

func (w *world) step() {
	w.now = w.now.Add(time.Duration(1 + w.r.IntN(400)*int(time.Millisecond)))
	switch n := w.r.IntN(10); {
	case n < 3:
		w.ask(true)
	case n < 5:
		w.ask(false)
	case n < 9 && len(w.queue) > 0:
		w.answer()
	case n == 9 && len(w.queue) > 0:
		w.forget()
	}
	if w.r.IntN(3) == 0 {
		w.expire(&w.relay)
	}
	var injected, peers int
	for _, q := range w.asked {
		if q.Injected {
			injected++
		} else {
			peers++
		}
	}
	if i, p := w.relay.Owed(); i != injected || p != peers {
		w.t.Fatalf("Owed() = %d, %d; want %d, %d", i, p, injected, peers)
	}
	if want := len(w.asked) > 0 && w.asked[0].Injected; w.relay.OldestInjected() != want {
		w.t.Fatalf("OldestInjected() = %v, want %v", !want, want)
	}
}

// TestLedgerInRandomWorlds plays random requests, answers, silence and time, and
// holds that a peer's answer is never absorbed, that round-trips are right where
// every request is answered however late, and that a journal which follows the
// relay's fates agrees with it.
func TestLedgerInRandomWorlds(t *testing.T) {
	for seed := range uint64(400) {
		w := &world{
			t: t, r: rand.New(rand.NewPCG(seed, 1)), now: start, timeout: 2 * time.Second,
			echoes: seed&1 != 0, forgets: seed&2 != 0,
		}
		for range 500 {
			w.step()
			if t.Failed() {
				return
			}
		}
	}
}

// TestLedgerAbsorbs holds that without silence there is no doubt: each answer to
// the relay is absorbed.
func TestLedgerAbsorbs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var l session.Ledger
	var queue []session.Request
	for range 10_000 {
		if r.IntN(2) == 0 && len(queue) < 20 || len(queue) == 0 {
			q := session.Request{At: start, Injected: r.IntN(2) == 0}
			l.Ask(q)
			queue = append(queue, q)
			continue
		}
		q := queue[0]
		queue = queue[1:]
		if got := l.Settle(start, 0); got.Absorb != q.Injected {
			t.Fatalf("the answer to %+v is %+v", q, got)
		}
	}
}

// TestLedgerDoubt tells the cases of doubt one by one. A peer may have passed
// over a request that expired; so an answer in doubt, which may be owed to a
// peer, is forwarded.
func TestLedgerDoubt(t *testing.T) {
	const (
		relay = true
		peer  = false
	)
	type ask struct {
		at       time.Duration
		injected bool
	}
	tests := []struct {
		name   string
		asks   []ask
		absorb []bool // of the answers, which all come after 4 s
		then   []ask  // after the first answer
	}{
		{"nothing expired", []ask{{2 * time.Second, relay}, {2 * time.Second, peer}}, []bool{true, false}, nil},
		{"a tombstone and nobody else", []ask{{0, relay}}, []bool{true}, nil},
		{"a tombstone before the relay's", []ask{{0, relay}, {3 * time.Second, relay}}, []bool{true, true}, nil},
		{"a tombstone before a peer's", []ask{{0, relay}, {3 * time.Second, peer}}, []bool{false, false}, nil},
		{
			"a tombstone, the relay's, a peer's: the second answer may be the peer's",
			[]ask{{0, relay}, {3 * time.Second, relay}, {3 * time.Second, peer}},
			[]bool{false, false, false},
			nil,
		},
		{
			"a tombstone and the relay's, then a peer's: so may the second be here",
			[]ask{{0, relay}, {3 * time.Second, relay}},
			[]bool{true, false, false},
			[]ask{{4 * time.Second, peer}},
		},
		{
			"a tombstone that was answered is no doubt for those after it",
			[]ask{{0, relay}},
			[]bool{true, true, false},
			[]ask{{4 * time.Second, relay}, {4 * time.Second, peer}},
		},
		{"a peer's tombstone before the relay's", []ask{{0, peer}, {3 * time.Second, relay}}, []bool{false, true}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var l session.Ledger
			for _, a := range test.asks {
				l.Ask(session.Request{At: start.Add(a.at), Injected: a.injected})
			}
			now := start.Add(4 * time.Second)
			for _, n := l.Expire(now.Add(-3 * time.Second)); n > 0; _, n = l.Expire(now.Add(-3 * time.Second)) {
			}
			for i, want := range test.absorb {
				if got := l.Settle(now, 0); got.Absorb != want || got.Unsolicited {
					t.Errorf("answer %d: %+v, want Absorb %v", i+1, got, want)
				}
				if i == 0 {
					for _, a := range test.then {
						l.Ask(session.Request{At: start.Add(a.at), Injected: a.injected})
					}
				}
			}
			if got := l.Settle(now, 0); !got.Unsolicited {
				t.Errorf("one answer more: %+v", got)
			}
		})
	}
}

func TestLedgerStreamIDs(t *testing.T) {
	var l session.Ledger
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	l.Ask(session.Request{At: at(0), Injected: true})
	l.Ask(session.Request{At: at(1), Stream: 7})
	l.Ask(session.Request{At: at(2), Stream: 5})

	// An echoed id is proof.
	if got := l.Settle(at(10), 5); got.Stream != 5 || got.RTT != 8*time.Millisecond || got.Absorb {
		t.Errorf("the answer with id 5: %+v", got)
	}
	// One that nobody asked with is none: not even the relay's is absorbed.
	if got := l.Settle(at(10), 99); !got.Injected || got.Absorb {
		t.Errorf("the answer with id 99: %+v", got)
	}
	// A peer that always answers with 0 answers the oldest.
	if got := l.Settle(at(10), 0); got.Stream != 7 || got.Absorb {
		t.Errorf("the answer with id 0: %+v", got)
	}
}

// TestLedgerMarked holds that what was decided of an answer already is heeded.
func TestLedgerMarked(t *testing.T) {
	var l session.Ledger
	l.Ask(session.Request{At: start, Stream: 1})
	l.Ask(session.Request{At: start, Injected: true, Stream: 2})
	if got := l.SettleMarked(start, 0, true); !got.Injected || !got.Absorb {
		t.Errorf("an absorbed answer is the relay's: %+v", got)
	}
	if got := l.SettleMarked(start, 0, true); !got.Unsolicited || !got.Absorb {
		t.Errorf("an absorbed answer where the relay is owed none: %+v", got)
	}
	l.Ask(session.Request{At: start, Injected: true})
	if got := l.SettleMarked(start, 0, false); got.Injected || got.Absorb {
		t.Errorf("a forwarded answer is the oldest's: %+v", got)
	}
	if got := l.SettleMarked(start, 0, false); !got.Injected || got.Absorb {
		t.Errorf("also where that is the relay's: %+v", got)
	}
	if got := l.SettleMarked(start, 0, false); !got.Unsolicited {
		t.Errorf("an answer where nobody is owed one: %+v", got)
	}
}
