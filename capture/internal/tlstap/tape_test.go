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

// readTape reads a tape of testdata: lines of hex behind ">" (from the client)
// or "<", and of a key log.
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

// talk is what is said where it does not matter what.
func talk() []tlstest.Chunk {
	return []tlstest.Chunk{
		{Dir: toServer, Data: []byte("GET /")},
		{Dir: toClient, Data: bytes.Repeat([]byte("a"), tlsrec.MaxPlaintext)},
		{Dir: toClient, Data: []byte("b")},
		{Dir: toServer, Data: bytes.Repeat([]byte("c"), 1000)},
	}
}

// heard is how a listener hears what was said.
func heard(said []tlstest.Chunk) (lines []string) {
	for _, c := range said {
		lines = append(lines, render(&Finding{Kind: Data, Dir: c.Dir, Data: c.Data}))
	}
	return lines
}

// orderly is how a listener hears the end of what tlstest.Converse records.
var orderly = []string{"> close_notify, closing first", "< close_notify, closing"}

// A listener writes down what an observer emits, one line a finding.
type listener struct {
	lines    []string
	offsets  []int64
	data     protocol.ByDirection[[]byte] // the plaintext, 0-RTT included
	findings []Finding                    // without Data
}

func (l *listener) hear(e *Finding) {
	l.lines = append(l.lines, render(e))
	l.offsets = append(l.offsets, e.Offset)
	l.data[e.Dir] = append(l.data[e.Dir], e.Data...)
	kept := *e
	kept.Data = nil
	l.findings = append(l.findings, kept)
}

func render(e *Finding) string {
	mark := ">"
	if e.Dir == toClient {
		mark = "<"
	}
	switch e.Kind {
	case Hello:
		s := fmt.Sprintf("hello %s %v", tlsrec.VersionName(e.Info.Version), e.Info.Suite)
		if e.Info.SNI != "" {
			s += " sni=" + e.Info.SNI
		}
		if e.Info.Retried {
			s += " retried"
		}
		if e.Info.Resumed {
			s += " resumed"
		}
		return s
	case Established:
		s := "established"
		if e.Info.ALPN != "" {
			s += " alpn=" + e.Info.ALPN
		}
		s += map[EarlyState]string{EarlyUnknown: " early=?", EarlyAccepted: " early=accepted", EarlyRejected: " early=rejected"}[e.Info.Early]
		if e.Info.Incomplete {
			s += " incomplete"
		}
		return s
	case Data:
		if e.Early {
			mark += " early"
		}
		if len(e.Data) <= 40 {
			return fmt.Sprintf("%s %q", mark, e.Data)
		}
		return fmt.Sprintf("%s %d bytes, crc %08x", mark, len(e.Data), crc32.ChecksumIEEE(e.Data))
	case Alert:
		s := mark + " " + tlsrec.AlertName(e.Description)
		if e.Closing {
			s += ", closing"
		}
		if e.First {
			s += " first"
		}
		return s
	case NoKey:
		return "no key"
	case Lost:
		return fmt.Sprintf("%s lost %d bytes, %d records, %d of plaintext: %v", mark, e.Gap.Wire, e.Gap.Records, e.Gap.Plaintext, e.Err)
	case Stopped:
		return fmt.Sprintf("%s stopped: %v", mark, e.Err)
	}
	return fmt.Sprintf("unknown finding %d", e.Kind)
}

// play feeds a tape to a new observer, cut as cut says, and ends both directions.
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

// expect compares what was heard with the lines of want.
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

// same compares what was heard with what another listener heard.
func (l *listener) same(t testing.TB, other *listener) {
	t.Helper()
	if diff := cmp.Diff(l.lines, other.lines); diff != "" {
		t.Errorf("the same bytes, heard otherwise:\n%s", diff)
	}
	if diff := cmp.Diff(l.offsets, other.offsets); diff != "" {
		t.Errorf("the same bytes, at other offsets:\n%s", diff)
	}
}
