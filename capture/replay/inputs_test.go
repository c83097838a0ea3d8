package replay_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture/replay"
)

// A namedCapture is a capture that messages call by its name.
type namedCapture struct {
	*bytes.Reader
	name string
}

func (n namedCapture) Name() string { return n.name }

// TestSeveralInputs: packets that are spread over several files, one after the other as in
// a ring of files or side by side, are replayed as those of one file are, in whatever order
// the files are given, and whatever formats they have.
func TestSeveralInputs(t *testing.T) {
	var (
		all  []packet
		keys []byte
	)
	for i := range 4 {
		tp := tapeOf(t, nil, smallTalk(t, 3, 2000))
		keys = append(keys, tp.keys...)
		all = append(all, packetsOf(t, ethernet(), routeOf(uint16(50000+i)), segmentsOf(tp, 1460, 1))...)
	}
	slices.SortStableFunc(all, func(a, b packet) int { return a.at.Compare(b.at) })
	for i := range all { // times that tell the order
		all[i].at = began.Add(time.Duration(i) * time.Microsecond)
	}
	truth := file(t, pcapFile(t, layers.LinkTypeEthernet, all), keys)
	if len(truth.closings()) != 4 {
		t.Fatalf("the truth is %q", truth.lines())
	}
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 9))
		parts := make([][]packet, 2+random.IntN(4))
		for i, p := range all {
			n := i * len(parts) / len(all)
			if seed%2 == 1 {
				n = random.IntN(len(parts)) // their times overlap
			}
			parts[n] = append(parts[n], p)
		}
		var inputs []io.Reader
		size := 0
		pipes := seed%5 == 0
		for i, part := range parts {
			b := pcapFile(t, layers.LinkTypeEthernet, part)
			if random.IntN(2) == 0 {
				b = ngFile(t, layers.LinkTypeEthernet, part, nil, 0)
			}
			if i == len(parts)-1 { // its secrets are for the packets of all
				b = ngFile(t, layers.LinkTypeEthernet, part, keys, len(part))
			}
			if random.IntN(3) == 0 {
				b = gzipped(t, b)
			}
			size += len(b)
			inputs = append(inputs, bytes.NewReader(b))
			if pipes {
				inputs[i] = trickle{bytes.NewReader(b)}
			}
		}
		random.Shuffle(len(inputs), func(i, j int) { inputs[i], inputs[j] = inputs[j], inputs[i] })
		p := play(t, replay.Config{Inputs: inputs, Workers: 1 + random.IntN(3)})
		if p.err != nil || len(p.warnings) > 0 {
			t.Fatalf("seed %d: %v, %q", seed, p.err, p.warnings)
		}
		if pipes { // their secrets may come late: then events wait for them, and come by connection
			wants(t, sortedData(p), sortedData(truth)...)
		} else {
			wants(t, bySession(p), bySession(truth)...)
		}
		last := p.progress[len(p.progress)-1]
		if want := [2]int64{int64(size), int64(size)}; !pipes && last != want || pipes && last != [2]int64{int64(size), -1} {
			t.Errorf("seed %d: progress ends with %v, want %v", seed, last, want)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// bySession returns the lines of a replay, session by session: where secrets are looked for
// in the capture, the sessions of several workers may get theirs in any order.
func bySession(p *played) []string {
	return slices.SortedStableFunc(slices.Values(p.lines()), func(a, b string) int { return int(a[0]) - int(b[0]) })
}

// sortedData returns the lines of a replay's Data events, sorted.
func sortedData(p *played) []string {
	return slices.Sorted(slices.Values(slices.DeleteFunc(p.lines(), func(l string) bool { return !strings.Contains(l, " bytes") })))
}

// TestSeveralLinkTypes: files of different link types may hold one session.
func TestSeveralLinkTypes(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 3, 2000))
	segments := segmentsOf(tp, 1460, 1)
	half := len(segments) / 2
	a := pcapFile(t, layers.LinkTypeEthernet, packetsOf(t, ethernet(), routeOf(50000), segments[:half]))
	b := pcapFile(t, layers.LinkTypeRaw, packetsOf(t, framing{link: layers.LinkTypeRaw}, routeOf(50000), segments[half:]))
	p := play(t, replay.Config{
		Inputs:  []io.Reader{bytes.NewReader(b), bytes.NewReader(a)},
		KeyLogs: []io.Reader{bytes.NewReader(tp.keys)},
	})
	p.isWhole(t, tp)
}

// TestBrokenInputs: of several captures, those that can't be read to their ends are named,
// and the others are read.
func TestBrokenInputs(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 3, 2000))
	whole := pcapFile(t, layers.LinkTypeEthernet, packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1)))
	other := ngFile(t, layers.LinkTypeEthernet, packetsOf(t, ethernet(), routeOf(50001), segmentsOf(tp, 1460, 1))[:2], nil, 0)
	damaged := append(bytes.Clone(other), bytes.Repeat([]byte{0xff}, 64)...)
	named := func(name string, b []byte) io.Reader { return namedCapture{bytes.NewReader(b), name} }
	for _, tc := range []struct {
		name   string
		inputs []io.Reader
		err    []string // in the error
		warn   []string // in the warnings, one each
	}{
		{"text", []io.Reader{named("a.pcap", whole), named("notes.txt", []byte("hello, world"))}, []string{"notes.txt: this is no capture that can be read: neither pcap nor pcapng"}, nil},
		{"empty", []io.Reader{named("empty.pcap", nil), named("a.pcap", whole)}, []string{"empty.pcap: this is no capture that can be read: it is empty"}, nil},
		{"cut", []io.Reader{named("cut.pcapng", other[:len(other)-3]), named("a.pcap", whole)}, nil, []string{"cut.pcapng: the capture is cut short at offset"}},
		{"damaged", []io.Reader{named("bad.pcapng", damaged), named("a.pcap", whole)}, []string{"bad.pcapng: the capture is damaged at offset"}, nil},
		{"a name that would write to the terminal", []io.Reader{named("\x1b[2J", []byte("hello")), named("a.pcap", whole)}, []string{`\x1b[2J: this is no capture`}, nil},
		{
			"all kinds",
			[]io.Reader{named("x", []byte("hello")), named("cut", other[:len(other)-3]), named("a.pcap", whole), named("y", []byte("hello"))},
			[]string{"x: this is no capture", "y: this is no capture"},
			[]string{"cut: the capture is cut short"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := play(t, replay.Config{Inputs: tc.inputs, KeyLogs: []io.Reader{bytes.NewReader(tp.keys)}})
			if (p.err != nil) != (len(tc.err) > 0) || len(p.warnings) != len(tc.warn) {
				t.Fatalf("error %v, warnings %q", p.err, p.warnings)
			}
			for _, want := range tc.err {
				if !strings.Contains(p.err.Error(), want) {
					t.Errorf("the error is %q, want %q in it", p.err, want)
				}
			}
			for i, want := range tc.warn {
				if !strings.Contains(p.warnings[i], want) {
					t.Errorf("warned of %q, want %q in it", p.warnings[i], want)
				}
			}
			ends := 0
			for _, l := range p.closings() {
				if strings.HasSuffix(l, "closed by client:") {
					ends++
				}
			}
			if ends != 1 {
				t.Errorf("the whole session is not there: %q", p.lines())
			}
		})
	}
}

// FuzzInputs: whatever two inputs are, they are read to an end, alone and together, and each
// that is no capture is named.
func FuzzInputs(f *testing.F) {
	tp := tapeOf(f, nil, smallTalk(f, 1, 100))
	packets := packetsOf(f, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	whole, ng := pcapFile(f, layers.LinkTypeEthernet, packets), ngFile(f, layers.LinkTypeEthernet, packets[3:], tp.keys, 2)
	f.Add(whole, ng)
	f.Add(gzipped(f, ng), whole[:len(whole)-5])
	f.Add([]byte("hello, world"), []byte(nil))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		alone := 0
		for _, file := range [][]byte{a, b} {
			p := play(t, replay.Config{Input: bytes.NewReader(file), Workers: 1})
			if p.err != nil {
				alone++
			}
		}
		for _, pipes := range []bool{false, true} {
			inputs := []io.Reader{namedCapture{bytes.NewReader(a), "a"}, namedCapture{bytes.NewReader(b), "b"}}
			if pipes {
				inputs = []io.Reader{trickle{inputs[0]}, trickle{inputs[1]}}
			}
			p := play(t, replay.Config{Inputs: inputs, Workers: 2})
			named := 0
			if p.err != nil {
				named = 1 + strings.Count(p.err.Error(), "\n")
			}
			if named != alone {
				t.Errorf("pipes %v: %d inputs fail alone, %d together: %v", pipes, alone, named, p.err)
			}
		}
	})
}
