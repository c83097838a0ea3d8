package tlstap

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/internal/tlstest"
	"anytls-inspect/protocol"
)

const (
	toServer = protocol.ClientToServer
	toClient = protocol.ServerToClient
)

// readTape reads a tape of testdata: lines of hex behind ">" (from the client) or
// "<" (from the server), and lines of a key log.
func readTape(t testing.TB, name string) tlstest.Tape {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".tape"))
	if err != nil {
		t.Fatal(err)
	}
	var tp tlstest.Tape
	for line := range strings.Lines(string(text)) {
		mark, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		dir := toServer
		switch mark {
		case "<":
			dir = toClient
		case ">":
		default:
			tp.Keys += line
			continue
		}
		data, err := hex.DecodeString(rest)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		tp.Chunks = append(tp.Chunks, tlstest.Chunk{Dir: dir, Data: data})
	}
	return tp
}

// talk returns what is said where it does not matter what.
func talk() []tlstest.Chunk {
	return []tlstest.Chunk{
		{Dir: toServer, Data: []byte("GET /")},
		{Dir: toClient, Data: bytes.Repeat([]byte("a"), tlsrec.MaxPlaintext)},
		{Dir: toClient, Data: []byte("b")},
		{Dir: toServer, Data: bytes.Repeat([]byte("c"), 1000)},
	}
}

// heard returns the lines that a listener writes of what was said.
func heard(said []tlstest.Chunk) (lines []string) {
	for _, c := range said {
		lines = append(lines, render(&Finding{Kind: Data, Dir: c.Dir, Data: c.Data}))
	}
	return lines
}

// orderly are the lines that a listener writes of the end of a connection that
// tlstest.Converse records.
var orderly = []string{"> close_notify, closing first", "< close_notify, closing"}

// A listener writes down what an observer finds, one line a finding.
type listener struct {
	lines    []string
	offsets  []int64
	data     protocol.ByDirection[[]byte] // the plaintext, 0-RTT included
	findings []Finding                    // without Data
}

func (l *listener) hear(f *Finding) {
	l.lines = append(l.lines, render(f))
	l.offsets = append(l.offsets, f.Offset)
	l.data[f.Dir] = append(l.data[f.Dir], f.Data...)
	kept := *f
	kept.Data = nil
	l.findings = append(l.findings, kept)
}

func render(f *Finding) string {
	mark := ">"
	if f.Dir == toClient {
		mark = "<"
	}
	switch f.Kind {
	case Hello:
		s := fmt.Sprintf("hello %s %v", tlsrec.VersionName(f.Info.Version), f.Info.Suite)
		if f.Info.SNI != "" {
			s += " sni=" + f.Info.SNI
		}
		if f.Info.Retried {
			s += " retried"
		}
		if f.Info.Resumed {
			s += " resumed"
		}
		return s
	case Established:
		s := "established"
		if f.Info.ALPN != "" {
			s += " alpn=" + f.Info.ALPN
		}
		s += map[EarlyState]string{EarlyUnknown: " early=?", EarlyAccepted: " early=accepted", EarlyRejected: " early=rejected"}[f.Info.Early]
		if f.Info.Incomplete {
			s += " incomplete"
		}
		return s
	case Data:
		if f.Early {
			mark += " early"
		}
		if len(f.Data) <= 40 {
			return fmt.Sprintf("%s %q", mark, f.Data)
		}
		return fmt.Sprintf("%s %d bytes, crc %08x", mark, len(f.Data), crc32.ChecksumIEEE(f.Data))
	case Alert:
		s := mark + " " + tlsrec.AlertName(f.Description)
		if f.Plain {
			s += ", plain"
		}
		if f.Closing {
			s += ", closing"
		}
		if f.First {
			s += " first"
		}
		return s
	case NoKey:
		return "no key"
	case Damaged:
		return fmt.Sprintf("%s damaged: %v", mark, f.Err)
	case Lost:
		return fmt.Sprintf("%s lost %d bytes, %d records, %d of plaintext: %v", mark, f.Gap.Wire, f.Gap.Records, f.Gap.Plaintext, f.Err)
	case Stopped:
		return fmt.Sprintf("%s stopped: %v", mark, f.Err)
	}
	return fmt.Sprintf("unknown finding %d", f.Kind)
}

// play feeds a new observer a tape, cut as cut says, and ends both directions.
func play(t testing.TB, tp tlstest.Tape, lookup Lookup, cut func([]byte) [][]byte) *listener {
	t.Helper()
	var l listener
	o := NewObserver(lookup, l.hear)
	for _, c := range tp.Chunks {
		for _, piece := range cut(c.Data) {
			o.Feed(c.Dir, bytes.Clone(piece)) // an observer overwrites what it is fed
		}
	}
	o.End(toServer)
	o.End(toClient)
	o.GiveUp()
	return &l
}

// The ways to cut what is fed.
func whole(b []byte) [][]byte { return [][]byte{b} }

func every(n int) func([]byte) [][]byte {
	return func(b []byte) (pieces [][]byte) {
		for len(b) > 0 {
			k := min(n, len(b))
			pieces, b = append(pieces, b[:k]), b[k:]
		}
		return pieces
	}
}

// expect compares what was found with the lines of want.
func (l *listener) expect(t testing.TB, want string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(want), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	if diff := cmp.Diff(lines, l.lines); diff != "" {
		t.Errorf("heard other than expected (-want +got):\n%s", diff)
	}
}

// same compares what was found with what another listener has.
func (l *listener) same(t testing.TB, other *listener) {
	t.Helper()
	if diff := cmp.Diff(l.lines, other.lines); diff != "" {
		t.Errorf("the same bytes, heard otherwise:\n%s", diff)
	}
	if diff := cmp.Diff(l.offsets, other.offsets); diff != "" {
		t.Errorf("the same bytes, at other offsets:\n%s", diff)
	}
}
