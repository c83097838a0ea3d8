package replay_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

// TestRuledFates: a note that names a byte is about the frame that begins there, of several
// that are alike, and of several records; so are the notes of one packet each about their own.
func TestRuledFates(t *testing.T) {
	psh := func(size int) []byte { return frame(t, protocol.PSH, 1, payload(1, size)) }
	at := int64(1)
	// note returns the note on the frame that comes in front of what comes next.
	note := func(kind string, f []byte) string {
		defer func() { at += int64(len(f)) }()
		if kind == "" {
			return ""
		}
		return fmt.Sprintf("%s PSH, stream 1, rule 1, at byte %d", kind, at)
	}
	at += int64(len(answer(t)))
	alike := []string{note("", psh(5)), note("dropped", psh(5)), note("", psh(5)), note("held", psh(5)), note("replaced", psh(5))}
	long := note("dropped", psh(40_000))
	cut := note("held", psh(9))
	late := note("dropped", psh(3))
	p := file(t, notedFile(t, []saying{
		{up, hello(t), ""},
		{down, answer(t), ""},
		{down, bytes.Repeat(psh(5), 5), strings.Join(slices.DeleteFunc(alike, func(s string) bool { return s == "" }), "\n")},
		{down, psh(40_000), long}, // in three records
		{down, psh(9)[:3], cut},   // the note may stand before the header is whole
		{down, psh(9)[3:], ""},
		{down, psh(3)[:8], ""},
		{down, psh(3)[8:], late}, // and where it comes too late, it is about nothing
		{down, frame(t, protocol.FIN, 1, nil), "dropped FIN, stream 1, rule 1, at byte 7"},
		{up, psh(3), "forwarded PSH, stream 1, rule 4, at byte 7000"},
		{up, []byte("no frame"), "injected 8 bytes, rule 5"},
		{up, make([]byte, 20_000), "injected 20000 bytes, rule 6"},
		{up, psh(4), ""},
	}), nil)
	wants(
		t, inDirection(fated(decode(p)), down),
		"s2c ServerSettings 0 3, forwarded 0 0s", "s2c SYNACK 1 0, forwarded 0 0s",
		"s2c PSH 1 5, forwarded 0 0s", "s2c PSH 1 5, dropped 1 0s", "s2c PSH 1 5, forwarded 0 0s", "s2c PSH 1 5, held 1 0s", "s2c PSH 1 5, replaced 1 0s",
		"s2c PSH 1 40000, dropped 1 0s", "s2c PSH 1 9, held 1 0s", "s2c PSH 1 3, forwarded 0 0s", "s2c FIN 1 0, forwarded 0 0s",
	)
	var made []string
	cuts := false
	for _, e := range p.events {
		if e.Kind != capture.Data {
			continue
		}
		if e.Fate.Made() {
			made = append(made, fmt.Sprintf("%d bytes %v", len(e.Data), e.Fate))
		}
		if e.Missing != 0 {
			t.Errorf("an event has the number of a byte: %s", line(&e))
		}
		if cuts = cuts || e.Dir == up && e.Fate.Rule != 0; e.RecordsUnknown != (cuts && e.Dir == up) {
			t.Errorf("%s: records unknown %v", line(&e), e.RecordsUnknown)
		}
	}
	wants(t, made, "8 bytes injected by rule 5", "20000 bytes injected by rule 6")
	var sent []byte
	for _, e := range p.events {
		if e.Kind == capture.Data && e.Dir == up && !e.Fate.Made() {
			sent = append(sent, e.Data...)
		}
	}
	if got := sent; !bytes.Equal(got, slices.Concat(hello(t), psh(3), psh(4))) {
		t.Errorf("of the client's there are %d bytes", len(got))
	}
}

// TestRuledPreambles: what a rule did with the preamble is told of all of it, however it was cut.
func TestRuledPreambles(t *testing.T) {
	preamble, rest := hello(t)[:protocol.PreambleLen+30], hello(t)[protocol.PreambleLen+30:]
	for name, tt := range map[string]struct {
		say  []saying
		want []string
	}{
		"split": {
			[]saying{{up, preamble[:32], "forwarded preamble, rule 1, at byte 1"}, {up, preamble[32:], ""}, {up, rest, ""}},
			[]string{"32 forwarded by rule 1", "32 forwarded by rule 1", fmt.Sprint(len(rest), " forwarded")},
		},
		"joined with more behind it": {
			[]saying{{up, hello(t), "forwarded preamble, rule 1, at byte 1"}},
			[]string{"64 forwarded by rule 1 ...", fmt.Sprint(len(rest), " forwarded")},
		},
		"replaced by what is none": {
			[]saying{{up, preamble[:7], "injected 7 bytes, rule 2"}, {up, rest, ""}},
			[]string{"7 injected by rule 2 ?", fmt.Sprint(len(rest), " forwarded ?")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := file(t, notedFile(t, append(tt.say, saying{down, answer(t), ""})), nil)
			var got []string
			for _, e := range p.events {
				if e.Kind == capture.Data && e.Dir == up {
					l := fmt.Sprintf("%d %v", len(e.Data), e.Fate)
					if e.Continues {
						l += " ..."
					}
					if e.RecordsUnknown {
						l += " ?"
					}
					got = append(got, l)
				}
			}
			wants(t, got, tt.want...)
		})
	}
}

// TestMisplacedRuledNotes: where bytes are missing before them, notes that name a byte are
// about no frame that is known, and nothing more is told.
func TestMisplacedRuledNotes(t *testing.T) {
	psh := frame(t, protocol.PSH, 1, payload(1, 50))
	tp, segments := noted(t, []saying{
		{up, hello(t), ""},
		{down, answer(t), ""},
		{down, psh, ""},
		{down, psh, ""},
		{down, psh, "dropped PSH, stream 1, rule 1, at byte 132"},
		{down, psh, ""},
	})
	lost := lastData(segments, down, 4)
	replayed := func(segments []segment) *played {
		return file(t, ngFile(t, 1, packetsOf(t, ethernet(), routeOf(50000), segments), tp.keys, 0, "server leg"), nil)
	}
	whole := inDirection(fated(decode(replayed(segments))), down)
	if !slices.Contains(whole, "s2c PSH 1 50, dropped 1 0s") {
		t.Fatalf("%q", whole)
	}
	p := replayed(slices.Delete(slices.Clone(segments), lost, lost+1))
	for _, l := range inDirection(fated(decode(p)), down) {
		if strings.Contains(l, "dropped") {
			t.Errorf("a fate by a guess: %s", l)
		}
	}
	if !strings.Contains(strings.Join(p.lines(), "\n"), "it is not known which frames its notes are about") {
		t.Errorf("got\n\t%s", strings.Join(p.lines(), "\n\t"))
	}
}
