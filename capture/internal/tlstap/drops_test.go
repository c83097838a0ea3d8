package tlstap

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/internal/tlstest"
	"anytls-inspect/protocol"
)

// A truth is a forged connection, and where in its directions its records lie.
type truth struct {
	*forge
	spans protocol.ByDirection[[]span] // of application data; of other records the text is empty
	sizes protocol.ByDirection[int64]
}

// newTruth forges a connection with records of all kinds and sizes.
func newTruth(t *testing.T, suite tlsrec.Suite, rng *rand.Rand) *truth {
	tr := &truth{forge: newForge(t, suite)}
	tls13 := isTLS13(suite)
	if tls13 {
		tr.established()
	} else {
		tr.established12()
	}
	if tls13 && rng.IntN(2) == 0 {
		tr.sealed(toClient, tlsrec.Handshake, ticketMsg)
	}
	updates := 0
	for i := range 40 + rng.IntN(60) {
		dir := protocol.Direction(rng.IntN(2))
		if i < 2 { // a client speaks first
			dir = toServer
		}
		if tls13 && updates == 0 && rng.IntN(60) == 0 {
			updates++
			tr.sealed(dir, tlsrec.Handshake, keyUpdateMsg)
			tr.must(tr.sealers[dir].Update())
		}
		tr.data(dir, fmt.Sprintf("%d ", i)+string(bytes.Repeat([]byte{byte('a' + i%26)}, rng.IntN(1<<rng.IntN(14)))))
	}
	tr.close()
	return tr
}

// measure finds out where the records lie, and what they carried: by opening them.
func (tr *truth) measure() {
	var l listener
	o := NewObserver(tr.lookup, func(f *Finding) {
		l.hear(f)
		if f.Kind == Data {
			at := &tr.spans[f.Dir][len(tr.spans[f.Dir])-1]
			at.text = string(f.Data)
		}
	})
	for _, c := range tr.Chunks {
		for b := c.Data; len(b) > 0; {
			n := tlsrec.RecordLen(b)
			tr.spans[c.Dir] = append(tr.spans[c.Dir], span{tr.sizes[c.Dir], tr.sizes[c.Dir] + int64(n), ""})
			tr.sizes[c.Dir] += int64(n)
			o.Feed(c.Dir, bytes.Clone(b[:n]))
			b = b[n:]
		}
	}
}

// A cut is a range of a direction's bytes that is dropped.
type cut struct{ from, to int64 }

// TestDrops drops arbitrary ranges of bytes of both directions: what is found is what was
// sent, in order. No record is missing that no dropped byte touched, but for what two
// updates of keys or the hellos of TLS 1.2 took with them. And where a Lost says how much
// application data was lost, that is exactly what is missing there.
func TestDrops(t *testing.T) {
	exact := 0
	for _, suite := range []tlsrec.Suite{tlsrec.AES128GCMSHA256, tlsrec.AES256GCMSHA384, tlsrec.ChaCha20Poly1305SHA256, tlsrec.ECDHERSAWithAES128GCM, tlsrec.ECDHERSAWithChaCha20} {
		for seed := range uint64(60) {
			rng := rand.New(rand.NewPCG(seed, uint64(suite)))
			tr := newTruth(t, suite, rng)
			tr.measure()
			var cuts protocol.ByDirection[[]cut]
			for dir, size := range tr.sizes {
				first := int64(0)
				if !isTLS13(suite) {
					first = tr.spans[dir][0].end // its hello is needed
				}
				for at := first; rng.IntN(4) > 0; {
					from := at + rng.Int64N(1+size/2)
					to := from + 1 + rng.Int64N(1<<rng.IntN(14))
					if to >= size {
						break
					}
					cuts[dir], at = append(cuts[dir], cut{from, to}), to
				}
			}
			exact += tr.drop(t, fmt.Sprintf("%v, seed %d", suite, seed), cuts, rng)
		}
	}
	if exact < 500 {
		t.Errorf("only %d losses had a size", exact)
	}
}

// drop plays the truth without some bytes, and holds what is found to it. It returns how
// many losses had a size that is not 0.
func (tr *truth) drop(t *testing.T, name string, cuts protocol.ByDirection[[]cut], rng *rand.Rand) (exact int) {
	t.Helper()
	store := keylog.NewStore(0)
	decoys(t, store, 5)
	for _, l := range []keylog.Label{keylog.ClientHandshake, keylog.ServerHandshake, keylog.ClientTraffic, keylog.ServerTraffic, keylog.Master} {
		tr.must(store.Add(forgedRandom, l, tr.secrets.Get(l)))
	}
	var (
		next  protocol.ByDirection[int]   // the record that comes next, if it was not lost
		lost  protocol.ByDirection[int64] // what the last Lost said; -2 where there was none
		found protocol.ByDirection[int]
		said  []string
	)
	lost[toServer], lost[toClient] = -2, -2
	o := NewObserver(store.Lookup, func(f *Finding) {
		said = append(said, render(f))
		switch f.Kind {
		case Lost:
			n := f.Gap.Plaintext
			if lost[f.Dir] > -2 { // what lies between was no data
				n = plus(lost[f.Dir], n)
			}
			lost[f.Dir] = n
		case Data:
			missing := int64(0)
			i := next[f.Dir]
			for ; i < len(tr.spans[f.Dir]) && tr.spans[f.Dir][i].text != string(f.Data); i++ {
				missing += int64(len(tr.spans[f.Dir][i].text))
			}
			if i == len(tr.spans[f.Dir]) {
				t.Fatalf("%s, %v: %q was not sent, or is out of order", name, f.Dir, f.Data)
			}
			next[f.Dir] = i + 1
			found[f.Dir]++
			switch n := lost[f.Dir]; {
			case n == -2 && missing > 0:
				t.Fatalf("%s, %v: %d bytes are missing before %.20q, and it is not said\n%q", name, f.Dir, missing, f.Data, said)
			case n >= 0 && n != missing:
				t.Fatalf("%s, %v: %d bytes are missing before %.20q, and %d are said\n%q", name, f.Dir, missing, f.Data, n, said)
			case n > 0:
				exact++
			}
			lost[f.Dir] = -2
		}
	})
	o.Newest = newestOf(store)
	feedWithout(o, tr.Tape, cuts, 1+rng.IntN(3000), func(int) {})
	o.End(toServer)
	o.End(toClient)
	o.GiveUp()
	for dir, spans := range tr.spans {
		whole := 0
		for _, s := range spans {
			if s.text != "" && !slices.ContainsFunc(cuts[dir], func(c cut) bool { return c.from < s.end && s.start < c.to }) {
				whole++
			}
		}
		if found[dir] != whole {
			t.Errorf("%s, %v, without %v: %d records were found of %d\n%q", name, protocol.Direction(dir), cuts[dir], found[dir], whole, said)
		}
	}
	return exact
}

// feedWithout feeds the bytes of a tape that are left without the cuts, in pieces. It calls before
// with the number of each chunk.
func feedWithout(o *Observer, tp tlstest.Tape, cuts protocol.ByDirection[[]cut], piece int, before func(int)) {
	var at protocol.ByDirection[int64]
	for i, c := range tp.Chunks {
		before(i)
		for b := c.Data; len(b) > 0; {
			dropped := cuts[c.Dir]
			for len(dropped) > 0 && dropped[0].to <= at[c.Dir] {
				dropped = dropped[1:]
			}
			n := int64(min(piece, len(b)))
			switch {
			case len(dropped) == 0 || dropped[0].from >= at[c.Dir]+n:
				o.Feed(c.Dir, bytes.Clone(b[:n]))
			case dropped[0].from > at[c.Dir]:
				n = dropped[0].from - at[c.Dir]
				o.Feed(c.Dir, bytes.Clone(b[:n]))
			default:
				n = min(int64(len(b)), dropped[0].to-at[c.Dir])
				o.Gap(c.Dir, n)
			}
			b = b[n:]
			at[c.Dir] += n
		}
	}
}

// TestSidesKeepTheirOrder: while one side waits for its key, what the other side sends is
// found behind it; also with gaps between, and never behind more than the backlog.
func TestSidesKeepTheirOrder(t *testing.T) {
	for _, late := range []keylog.Label{keylog.ClientTraffic, keylog.ServerTraffic, keylog.ClientHandshake, keylog.ServerHandshake} {
		f := newForge(t, tlsrec.AES128GCMSHA256).established()
		for i := range 20 {
			f.data(protocol.Direction(i%2), numbered(i))
		}
		lookup, known := f.without(late, keylog.Master), false
		if late < keylog.ClientTraffic { // else the handshake's is not waited for
			lookup = f.without(late, late+2, keylog.Master)
		}
		var got listener
		o := NewObserver(func(r keylog.Random) (keylog.Secrets, bool) {
			if known {
				return f.lookup(r)
			}
			return lookup(r)
		}, got.hear)
		feed(o, f.Chunks)
		known = true
		o.Retry()
		got.same(t, play(t, f.Tape, f.lookup, whole).upTo(len(got.lines)))
		if len(got.lines) != 22 || o.Waiting() {
			t.Errorf("%v: heard %q", late, got.lines)
		}
	}
}

// upTo returns the first findings of a listener.
func (l *listener) upTo(n int) *listener {
	n = min(n, len(l.lines))
	return &listener{lines: l.lines[:n], offsets: l.offsets[:n]}
}

// TestNobodyWaitsForever: where the key of one side does not come, the other side goes on
// once too much waits, whichever of the two that is.
func TestNobodyWaitsForever(t *testing.T) {
	for _, speaks := range []protocol.Direction{toServer, toClient} {
		f := newForge(t, tlsrec.AES128GCMSHA256).established()
		handshake := f.Tape
		f.Chunks = nil
		for i := range 100 {
			f.data(speaks, numbered(i)+string(make([]byte, 100)))
		}
		var got listener
		o := NewObserver(f.without(keylog.ServerHandshake, keylog.ServerTraffic, keylog.Master), got.hear)
		o.Backlog = 5000
		feed(o, handshake.Chunks)
		feed(o, f.Chunks)
		if n := o.Buffered(); n > 2*(o.Backlog+tlsrec.MaxRecord)+tlsrec.MaxRecord {
			t.Errorf("the observer holds %d bytes", n)
		}
		f.Chunks = []tlstest.Chunk{}
		f.data(toServer, "behind")
		feed(o, f.Chunks)
		if !bytes.HasSuffix(got.data[toServer], []byte("behind")) {
			t.Errorf("%v: heard %q", speaks, got.lines)
		}
		if speaks == toServer && bytes.Count(got.data[toServer], []byte("record")) != 100 {
			t.Errorf("heard %q", got.lines)
		}
	}
}
