package session_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A padder writes as known clients do: as the reference, or with one of its habits
// changed.
type padder struct {
	rand      *rand.Rand
	scheme    *protocol.PaddingScheme
	slot      int  // of the next write
	inclusive bool // a size's maximum is drawn too
	// fragment is the largest record that TLS makes, in bytes; 0 for the largest that
	// there is.
	fragment int
	emit     func(record []byte)
}

func (w *padder) record(b []byte) {
	most := w.fragment
	if most == 0 {
		most = protocol.MaxRecord
	}
	for piece := range slices.Chunk(b, most) {
		w.emit(piece)
	}
}

// write sends frames with one write.
func (w *padder) write(b []byte) {
	items := w.scheme.Slot(w.slot)
	w.slot++
	for _, item := range items {
		if item.Check {
			if len(b) == 0 {
				return
			}
			continue
		}
		size := item.Min
		switch {
		case w.inclusive:
			size += w.rand.IntN(item.Max - item.Min + 1)
		case item.Max > item.Min:
			size += w.rand.IntN(item.Max - item.Min)
		}
		switch {
		case len(b) > size:
			w.record(b[:size])
			b = b[size:]
			continue
		case len(b) == 0:
			b = frame(protocol.Waste, 0, make([]byte, size))
		case size-len(b) > protocol.HeaderLen:
			b = append(b, frame(protocol.Waste, 0, make([]byte, size-len(b)-protocol.HeaderLen))...)
		}
		w.record(b)
		b = nil
	}
	if len(b) > 0 {
		w.record(b)
	}
}

// randomScheme draws a scheme.
func randomScheme(r *rand.Rand, largest int) *protocol.PaddingScheme {
	stop := 1 + r.IntN(12)
	text := fmt.Sprintf("stop=%d", stop)
	for slot := range stop + 1 {
		if r.IntN(5) == 0 {
			continue // not named
		}
		var items []string
		for range 1 + r.IntN(4) {
			from := 1 + r.IntN(largest)
			items = append(items, fmt.Sprintf("%d-%d", from, from+r.IntN(1+largest/4)))
			if r.IntN(3) == 0 {
				items = append(items, "c")
			}
		}
		text += fmt.Sprintf("\n%d=%s", slot, strings.Join(items, ","))
	}
	s, err := protocol.ParsePaddingScheme([]byte(text))
	if err != nil {
		panic(err)
	}
	return s
}

// pad plays a session of a client that pads as w does. It returns how often the
// client is said to break its scheme: the one that it names, or another that it is
// sent after some writes.
func pad(t *testing.T, r *rand.Rand, w *padder, named, sent *protocol.PaddingScheme, obeys bool) uint64 {
	t.Helper()
	tracker := session.NewTracker(session.Config{}, nothing{})
	tracker.Data(start, s2c, frame(protocol.UpdatePaddingScheme, 0, []byte(named.Text)), session.Fate{})
	tracker.Record(start, c2s, protocol.Preamble{}.Append(nil), session.Fate{}, false)
	w.emit = func(record []byte) {
		for len(record) > 0 { // in parts, as a relay records them that takes some out
			n := 1 + r.IntN(len(record))
			tracker.Record(start, c2s, record[:n], session.Fate{}, n < len(record))
			record = record[n:]
		}
		if r.IntN(10) == 0 && tracker.Framing(c2s).AtBoundary() {
			tracker.Record(start, c2s, frame(protocol.HeartRequest, 0, nil), session.Fate{Kind: session.Injected}, false)
		}
	}
	first := frame(protocol.Settings, 0, []byte("v=2\nclient=test/1\npadding-md5="+named.MD5()))
	first = append(first, frame(protocol.SYN, 1, nil)...)
	w.write(append(first, frame(protocol.PSH, 1, []byte("\x03\x01a\x00\x50"))...))
	change := r.IntN(6)
	for i := range 16 {
		if i == change && sent != nil {
			tracker.Record(start, s2c, frame(protocol.UpdatePaddingScheme, 0, []byte(sent.Text)), session.Fate{}, false)
			if obeys {
				w.scheme = sent
			}
		}
		switch r.IntN(4) {
		case 0:
			w.write(frame(protocol.HeartResponse, 0, nil))
		case 1:
			w.write(frame(protocol.PSH, 1, make([]byte, r.IntN(16<<10))))
		default:
			w.write(frame(protocol.PSH, 1, make([]byte, r.IntN(600))))
		}
	}
	if n := tracker.State().Unknown; n != (protocol.ByDirection[uint64]{}) {
		t.Fatalf("the writer lost the framing: %v", n)
	}
	return tracker.Diagnostics()[session.CodePaddingViolation]
}

// TestPaddingOfKnownClients plays clients that pad as the known ones do, by
// schemes and with payload that are drawn: nothing may be said of any of them.
func TestPaddingOfKnownClients(t *testing.T) {
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 1))
		largest := []int{30, 300, 1200, 4000}[r.IntN(4)]
		w := &padder{
			rand: r, scheme: randomScheme(r, largest), slot: r.IntN(2),
			inclusive: r.IntN(2) == 0, fragment: []int{0, 0, 1186, 2372}[r.IntN(4)],
		}
		named := w.scheme
		var sent *protocol.PaddingScheme
		if r.IntN(2) == 0 {
			sent = randomScheme(r, largest)
		}
		if pad(t, r, w, named, sent, r.IntN(2) == 0) != 0 {
			t.Errorf("seed %d: said to break its scheme:\n%s", seed, named.Text)
		}
	}
}

// TestPaddingOfOthers plays clients that do not pad, pad by another scheme, or
// write their Waste as a record of its own: most of them must be found out.
func TestPaddingOfOthers(t *testing.T) {
	def := session.NewSchemes().Lookup("75cff2ad89aadf5e257059ee571ebe11")
	none := scheme(t, "stop=0")
	const seeds = 300
	for name, play := range map[string]func(*rand.Rand) uint64{
		"not at all": func(r *rand.Rand) uint64 {
			return pad(t, r, &padder{rand: r, scheme: none, slot: 1}, def, nil, false)
		},
		"by another scheme": func(r *rand.Rand) uint64 {
			return pad(t, r, &padder{rand: r, scheme: randomScheme(r, 1000), slot: 1}, def, nil, false)
		},
	} {
		found := uint64(0)
		for seed := range uint64(seeds) {
			found += play(rand.New(rand.NewPCG(seed, 2)))
		}
		if found < seeds*9/10 || found > seeds {
			t.Errorf("%s: %d of %d were found out", name, found, seeds)
		}
	}
}

// TestPaddingIsBounded holds that no scheme makes the check expensive: a scheme that
// could is not checked.
func TestPaddingIsBounded(t *testing.T) {
	schemes := map[string]string{
		"many items":  "stop=3\n1=" + strings.Repeat("1-9,", 7000) + "c",
		"many slots":  "stop=2147483647\n1=1-1",
		"huge sizes":  "stop=3\n1=1-2147483647",
		"only checks": "stop=1000\n1=" + strings.Repeat("c,", 3000) + "c",
	}
	for name, text := range schemes {
		t.Run(name, func(t *testing.T) {
			s := scheme(t, text)
			w := &padder{rand: rand.New(rand.NewPCG(1, 1)), scheme: scheme(t, "stop=0"), slot: 1}
			if n := pad(t, w.rand, w, s, nil, false); n > 1 {
				t.Errorf("raised %d times", n)
			}
		})
	}
}
