package replay_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A saying is what one side writes at once, and the comment on the packet in which
// the first record of it is.
type saying struct {
	dir     protocol.Direction
	frames  []byte
	comment string
}

// notedFile returns a recording of one leg, with a packet for each record.
func notedFile(t testing.TB, sayings []saying) []byte {
	t.Helper()
	tp, segments := noted(t, sayings)
	return ngFile(t, layers.LinkTypeEthernet, packetsOf(t, ethernet(), routeOf(50000), segments), tp.keys, 0, "server leg")
}

// noted returns the segments of notedFile.
func noted(t testing.TB, sayings []saying) (*tape, []segment) {
	t.Helper()
	tp := tapeOf(t, nil, func(say func(protocol.Direction, []byte)) {
		for _, s := range sayings {
			say(s.dir, s.frames)
		}
	})
	const record = 16 << 10
	segments := segmentsOf(tp, 2*record, 1)
	later := protocol.ByDirection[int]{1, 1} // data segments behind it: close_notify
	for _, s := range slices.Backward(sayings) {
		later[s.dir] += (len(s.frames) + record - 1) / record
		segments[lastData(segments, s.dir, later[s.dir])].comment = s.comment
	}
	return tp, segments
}

// fated returns the frames of a journal in words, with their fates, without preambles.
func fated(j *journal.Journal) (list []string) {
	b := &journal.Batch{}
	for j.Read(b, 1000) {
		for i := range b.Entries {
			if e := &b.Entries[i]; e.IsFrame() && !e.Preamble {
				list = append(list, fmt.Sprintf("%v %v %d %d, %v %d %v", e.Dir, e.Header.Command, e.Header.Stream, e.Header.Length,
					e.Fate.Kind, e.Fate.Rule, e.Fate.Held))
			}
		}
	}
	return list
}

// TestFates: the notes of a recording, of every kind, come to the frames that they are
// about.
func TestFates(t *testing.T) {
	psh := func(stream uint32, size int) []byte { return frame(t, protocol.PSH, stream, payload(1, size)) }
	syn := func(stream uint32) []byte { return frame(t, protocol.SYN, stream, nil) }
	response := frame(t, protocol.HeartResponse, 0, nil)
	dropped, later := psh(1, 30), psh(1, 31)
	sayings := []saying{
		{up, hello(t), ""},
		{down, answer(t), ""},
		{up, heartRequest, "injected HeartRequest"},
		// A rule may make what no peer would.
		{up, frame(t, protocol.HeartRequest, 0, []byte("odd")), "injected HeartRequest, rule 4"},
		{up, heartRequest, "held HeartRequest, rule 1, for 20ms"},
		{up, psh(1, 40_000), "held PSH, stream 1, rule 2, for 1m0.5s"}, // in three records
		{up, psh(1, 40_000), "repeated PSH, stream 1, rule 3"},
		{up, syn(2), "dropped SYN, stream 2"},
		// The comment is about the first of them.
		{down, slices.Concat(psh(1, 10), frame(t, protocol.Waste, 0, nil)), ""},
		{down, slices.Concat(response, dropped, dropped), "dropped PSH, stream 1, rule 5"},
		// The header came in parts, of which one has no comment.
		{down, later[:3], ""},
		{down, later[3:], "replaced PSH, stream 1, rule 6"},
		{down, psh(1, 7), "injected PSH, stream 1, rule 6"},
		{down, slices.Concat(response, response), "absorbed HeartResponse"},
		{down, frame(t, protocol.FIN, 1, nil), "forwarded FIN, stream 1, rule 7"},
	}
	p := file(t, notedFile(t, sayings), nil)
	j := decode(p)
	wants(
		t, inDirection(fated(j), up),
		"c2s Settings 0 32, forwarded 0 0s",
		"c2s SYN 1 0, forwarded 0 0s",
		"c2s PSH 1 15, forwarded 0 0s",
		"c2s HeartRequest 0 0, injected 0 0s",
		"c2s HeartRequest 0 3, injected 4 0s",
		"c2s HeartRequest 0 0, held 1 20ms",
		"c2s PSH 1 40000, held 2 1m0.5s",
		"c2s PSH 1 40000, repeated 3 0s",
		"c2s SYN 2 0, dropped 0 0s",
	)
	wants(
		t, inDirection(fated(decode(p)), down),
		"s2c ServerSettings 0 3, forwarded 0 0s",
		"s2c SYNACK 1 0, forwarded 0 0s",
		"s2c PSH 1 10, forwarded 0 0s",
		"s2c Waste 0 0, forwarded 0 0s",
		"s2c HeartResponse 0 0, forwarded 0 0s",
		"s2c PSH 1 30, dropped 5 0s",
		"s2c PSH 1 30, forwarded 0 0s",
		"s2c PSH 1 31, replaced 6 0s",
		"s2c PSH 1 7, injected 6 0s",
		"s2c HeartResponse 0 0, absorbed 0 0s",
		"s2c HeartResponse 0 0, forwarded 0 0s",
		"s2c FIN 1 0, forwarded 7 0s",
	)
	v := look(j)
	if len(v.Streams) != 1 || v.Streams[0].Up != 80_000 || v.Streams[0].Down != 10+30+7 {
		t.Errorf("streams %+v, want one with what its receivers got", v.Streams)
	}
	for _, e := range p.events {
		if e.Kind == capture.Data && e.Fate.Made() && len(e.Data) != protocol.HeaderLen+int(e.Data[5])<<8+int(e.Data[6]) {
			t.Errorf("a frame that the relay made comes as %d bytes", len(e.Data))
		}
	}
}

// inDirection returns the lines of one direction.
func inDirection(lines []string, dir protocol.Direction) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return !strings.HasPrefix(l, dir.String()) })
}

// TestNotesMoveNothing: whatever a comment claims, of whichever packet, the frames stay
// the same and in order.
func TestNotesMoveNothing(t *testing.T) {
	heart := slices.Concat(heartRequest, frame(t, protocol.PSH, 1, payload(2, 300)))
	tp := tapeOf(t, nil, func(say func(protocol.Direction, []byte)) {
		say(up, hello(t))
		say(down, answer(t))
		say(up, heart[:4]) // the header comes in parts
		say(up, heart[4:100])
		say(up, heart[100:])
		say(down, slices.Concat(heart, frame(t, protocol.HeartResponse, 0, nil), frame(t, protocol.Alert, 0, []byte("x"))))
		say(up, frame(t, protocol.FIN, 1, nil))
	})
	segments := segmentsOf(tp, 90, 1) // records lie in several packets, and packets hold parts of several frames
	replayed := func(comment string) []string {
		for i := range segments {
			segments[i].comment = comment
		}
		packets := packetsOf(t, ethernet(), routeOf(50000), segments)
		p := file(t, ngFile(t, layers.LinkTypeEthernet, packets, tp.keys, 0, "client leg"), nil)
		j := journal.New(journal.Limits{Entries: 1000, Bytes: 1 << 16}, session.Config{})
		p.into(j)
		return fated(j)
	}
	frames := func(lines []string, dir protocol.Direction) (list []string) {
		for _, l := range inDirection(lines, dir) {
			of, _, _ := strings.Cut(l, ",")
			list = append(list, of)
		}
		return list
	}
	plain := replayed("")
	found := 0
	for kind := session.Forwarded; kind <= session.Held; kind++ {
		for c := protocol.Waste; c <= protocol.ServerSettings+1; c++ {
			for stream := range uint32(2) {
				note := capture.NoteOf(session.Fate{Kind: kind, Rule: 1, Held: time.Second}, protocol.Header{Command: c, Stream: stream})
				noted := replayed(note.String())
				for _, dir := range []protocol.Direction{up, down} {
					if got, want := frames(noted, dir), frames(plain, dir); !slices.Equal(got, want) {
						t.Fatalf("with the comment %q, %v\n\t%s\nwithout\n\t%s", note, dir, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
					}
				}
				if !slices.Equal(noted, plain) {
					found++
				}
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d of the comments were about a frame", found)
	}
}

// TestMadeFrameWithoutEnd: a frame that the relay did not write to its end hides nothing
// that came before it, and the other direction goes on.
func TestMadeFrameWithoutEnd(t *testing.T) {
	cut := frame(t, protocol.PSH, 1, payload(1, 500))[:100]
	p := file(t, notedFile(t, []saying{
		{up, hello(t), ""},
		{down, answer(t), ""},
		{up, cut, "injected PSH, stream 1"},
		{down, frame(t, protocol.FIN, 1, nil), ""},
	}), nil)
	if got := p.plaintext(1, up); !bytes.Equal(got, hello(t)) {
		t.Errorf("the client sent %d bytes, want the %d of its first words", len(got), len(hello(t)))
	}
	wants(
		t, inDirection(fated(decode(p)), down),
		"s2c ServerSettings 0 3, forwarded 0 0s", "s2c SYNACK 1 0, forwarded 0 0s", "s2c FIN 1 0, forwarded 0 0s",
	)
}
