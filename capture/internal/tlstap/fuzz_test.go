package tlstap

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/internal/tlstest"
	"anytls-inspect/protocol"
)

// fuzzBacklog is small, so that a fuzzer exceeds it.
const fuzzBacklog = 2000

// FuzzObserver feeds arbitrary bytes to an observer. The script consists of steps:
// a byte that says what the step does, two bytes of length, and as many bytes as
// are there.
//
// Nothing panics, and memory is bounded. What is read and what is unread are
// together no more than what was fed and what was missing. The cuts don't matter.
func FuzzObserver(f *testing.F) {
	names, err := filepath.Glob("testdata/*.tape")
	if err != nil || len(names) == 0 {
		f.Fatal("no tapes", err)
	}
	for _, name := range names {
		name = strings.TrimSuffix(filepath.Base(name), ".tape")
		tp := readTape(f, name)
		f.Add(tp.Keys, scriptOf(tp), uint8(1))
		for _, dir := range []protocol.Direction{toServer, toClient} { // alone
			oneWay := tlstest.Tape{Chunks: []tlstest.Chunk{{Dir: dir, Data: tp.Stream(dir)}}}
			f.Add(tp.Keys, slices.Concat([]byte{stepGap, 0xff, 0xff, byte(1 - dir)}, scriptOf(oneWay)), uint8(200))
			f.Add(tp.Keys, scriptOf(oneWay)[3:], uint8(90))
		}
	}
	f.Add("", []byte{0, 0, 6, 22, 3, 1, 0, 2, 1}, uint8(3))
	f.Fuzz(func(t *testing.T, keys string, script []byte, cut uint8) {
		runScript(t, keys, script, 1+int(cut), fuzzBacklog)
		wholly := runScript(t, keys, script, 1<<16, DefaultBacklog)
		inPieces := runScript(t, keys, script, 1+int(cut), DefaultBacklog)
		for _, dir := range []protocol.Direction{toServer, toClient} {
			wholly.of(dir).same(t, inPieces.of(dir))
		}
	})
}

// of returns what was found in one direction. Where one side waits for the other,
// it depends on the cuts in which order the two are found; and where not both hellos were
// read, whether a side is stopped by its own fault or the other's.
func (l *listener) of(dir protocol.Direction) *listener {
	var alone listener
	greeted := slices.ContainsFunc(l.findings, func(f Finding) bool { return f.Kind == Hello })
	for i, e := range l.findings {
		if e.Dir == dir && e.Info == nil {
			if e.Kind == Stopped {
				l.offsets[i] = 0 // one may be stopped by the other
			}
			if e.Kind == Stopped && !greeted {
				l.lines[i] = "stopped"
			}
			alone.lines = append(alone.lines, l.lines[i])
			alone.offsets = append(alone.offsets, l.offsets[i])
		}
	}
	return &alone
}

// What a step of a script does.
const (
	stepClient = iota
	stepServer
	stepGap // of as many bytes as its length says, in the direction of its first byte; or of an unknown number
	stepKeys
	stepEnd
	steps
)

// scriptOf returns the script that plays a tape.
func scriptOf(tp tlstest.Tape) []byte {
	script := []byte{stepKeys, 0, 0}
	for _, c := range tp.Chunks {
		script = append(script, byte(c.Dir), byte(len(c.Data)>>8), byte(len(c.Data)))
		script = append(script, c.Data...)
	}
	return append(script, stepEnd, 0, 1, 0, stepEnd, 0, 1, 1)
}

func runScript(t *testing.T, keys string, script []byte, cut, backlog int) *listener {
	store := newScriptedStore(keys)
	var l listener
	o := NewObserver(store.lookup, l.hear)
	o.Backlog, o.Newest = backlog, store.newest
	var fed, missing protocol.ByDirection[int64]
	var ended protocol.ByDirection[bool]
	for len(script) >= 3 {
		step, n := script[0]%steps, int(script[1])<<8|int(script[2])
		data := script[3:min(len(script), 3+n)]
		script = script[3+len(data):]
		dir := protocol.ClientToServer
		if len(data) > 0 && data[0]&1 != 0 {
			dir = protocol.ServerToClient
		}
		switch step {
		case stepClient, stepServer:
			if dir = protocol.Direction(step); ended[dir] {
				break
			}
			for _, piece := range every(cut)(data) {
				o.Feed(dir, bytes.Clone(piece))
				checkBounds(t, o, cut+backlog)
			}
			fed[dir] += int64(len(data))
		case stepGap:
			if n == 0xffff {
				o.Gap(dir, -1)
				break
			}
			missing[dir] += int64(n)
			o.Gap(dir, int64(n))
		case stepKeys:
			store.open = true
			o.Retry()
		case stepEnd:
			ended[dir] = true
			o.End(dir)
		}
	}
	o.GiveUp()
	for dir := range fed {
		unread, read := o.Unread(protocol.Direction(dir)), int64(len(l.data[dir]))
		if unread < 0 || unread > fed[dir]+missing[dir] {
			t.Errorf("%d bytes were fed and %d missing, and %d unread", fed[dir], missing[dir], unread)
		}
		if read+unread > fed[dir]+missing[dir] {
			t.Errorf("%d bytes were fed, %d missing, %d read and %d unread", fed[dir], missing[dir], read, unread)
		}
	}
	return &l
}

func checkBounds(t *testing.T, o *Observer, held int) {
	t.Helper()
	const each = 2*tlsrec.MaxRecord + maxMessage
	if n := o.Buffered(); n > 2*(each+held) {
		t.Fatalf("the observer holds %d bytes", n)
	}
	for d := range o.sides {
		if n := len(o.sides[d].turns); n > maxTurns {
			t.Fatalf("the observer holds %d turns", n)
		}
		if n := len(o.sides[d].gaps); n > maxHeldGaps {
			t.Fatalf("the observer holds %d gaps", n)
		}
	}
}

// TestScriptsPlayTapes: the seeds of FuzzObserver mean what they are meant to.
func TestScriptsPlayTapes(t *testing.T) {
	tp := readTape(t, "openssl-aes256")
	runScript(t, tp.Keys, scriptOf(tp), 1<<16, DefaultBacklog).same(t, play(t, tp, tp.Store(t).Lookup, whole))
}

// A scriptedStore knows a key log once open is set.
type scriptedStore struct {
	*keylog.Store
	open bool
}

func newScriptedStore(keys string) *scriptedStore {
	store := &scriptedStore{Store: keylog.NewStore(0)}
	_, _ = keylog.NewParser(store.Store, nil).Write([]byte(keys)) // never fails
	return store
}

func (s *scriptedStore) lookup(r keylog.Random) (keylog.Secrets, bool) {
	if !s.open {
		return keylog.Secrets{}, false
	}
	return s.Lookup(r)
}

func (s *scriptedStore) newest(after uint64) ([]keylog.Session, uint64) {
	if !s.open {
		return nil, after
	}
	return s.Newest(newest, after)
}
