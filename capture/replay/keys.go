package replay

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/pcapfile"
	"anytls-inspect/protocol"
)

const (
	// maxBacklog is how many bytes of a direction may wait for their key, and
	// maxWaiting how many of all sessions together.
	maxBacklog = 1 << 20
	maxWaiting = 32 << 20
	// maxFaults is how many malformed lines of key logs are warned of.
	maxFaults = 5
)

// keys are the secrets that are known: from key log files, which are read on where
// a session has no key, since they may have grown; and from the capture itself.
// They are safe for concurrent use.
type keys struct {
	store *keylog.Store
	warn  func(string)
	// backlog is how many bytes of a direction may wait for their key.
	backlog int
	waiting atomic.Int64 // bytes of all sessions that wait
	guesses atomic.Int64 // sessions that were tried for connections without a ClientHello
	// stopped tells whether the replay is to end: then no more is looked for. What is in hand
	// is done with first, and guesses, or the rest of a capture, take long.
	stopped func() bool

	mu     sync.Mutex // guards fresh, files, faults and ahead, and what they lead to
	fresh  bool       // the files were read since the last packets came
	files  []keyFile
	faults int // malformed lines
	// ahead is the whole capture, or several, to be searched for secrets that come later;
	// nil where that was done, or where the capture can't be read twice.
	ahead []io.Reader

	// final says that no secrets will come that are not found when they are looked for: the
	// capture can be searched. inCapture says that it is of a format that can have secrets.
	final, inCapture atomic.Bool
}

// A keyFile is a key log that may grow.
type keyFile struct {
	r      io.Reader
	parser *keylog.Parser

	strange, barren bool // it was warned of: for its encoding, for want of secrets
}

// newKeys returns the secrets of key logs. Where ahead is not nil, it is the whole
// capture, or several, which are read when a key is missing.
func newKeys(logs []io.Reader, ahead []io.Reader, warn func(string)) *keys {
	k := &keys{store: keylog.NewStore(0), warn: warn, ahead: ahead, backlog: maxBacklog, stopped: func() bool { return false }}
	for i, r := range logs {
		k.files = append(k.files, keyFile{r: r, parser: keylog.NewParser(k.store, k.warner(nameOf(r, i)))})
	}
	k.refresh()
	if ahead != nil {
		k.ended() // while a pipe lasts, secrets may come
		// Not only once it was searched: when that is depends on what others look for.
		k.final.Store(true)
	}
	return k
}

// nameOf returns what warnings call a key log.
func nameOf(r io.Reader, i int) string {
	if named, ok := r.(interface{ Name() string }); ok {
		return "key log " + protocol.Printable(named.Name())
	}
	return fmt.Sprintf("key log %d", i+1)
}

// warner returns a function that warns of the malformed lines of a key log. Its
// caller holds mu.
func (k *keys) warner(name string) func(*keylog.LineError) {
	return func(e *keylog.LineError) {
		if k.faults++; k.faults <= maxFaults {
			k.warn(fmt.Sprintf("%s: %v", name, e))
		}
	}
}

// refresh reads what was added to the files since they were last read.
func (k *keys) refresh() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.readOn()
}

// readOn is refresh for who holds mu.
func (k *keys) readOn() {
	for i, f := range k.files {
		if _, err := io.Copy(f.parser, f.r); err != nil {
			k.warn(fmt.Sprintf("%s: %v", nameOf(f.r, i), err))
		}
		f.parser.Flush()
		k.recognise(i)
	}
}

// add adds the key log of a Decryption Secrets Block.
func (k *keys) add(text []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.parse(text)
}

// parse reads the key log of a Decryption Secrets Block. The caller holds mu.
func (k *keys) parse(text []byte) {
	p := keylog.NewParser(k.store, k.warner("secrets in the capture"))
	_, _ = p.Write(text)
	_ = p.Close()
}

// arrived says that packets have come, and so perhaps secrets in the files.
func (k *keys) arrived() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fresh = false
}

// lookup returns what is known of a session's secrets. Where that is not all, it
// looks for more first: in the files, then in the rest of the capture.
func (k *keys) lookup(r keylog.Random) (keylog.Secrets, bool) {
	if s, ok := k.store.Lookup(r); complete(&s) {
		return s, ok
	}
	k.lookFurther(func() bool {
		s, _ := k.store.Lookup(r)
		return complete(&s)
	})
	return k.store.Lookup(r)
}

// lookFurther looks for more secrets, in the files that have not been read since the last packets
// came, and, unless found says that these sufficed, in the whole capture, once. Whoever comes
// meanwhile waits: what a session is told must not depend on what others look for.
func (k *keys) lookFurther(found func() bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.fresh {
		k.fresh = true
		k.readOn()
	}
	if k.ahead == nil || found() {
		return
	}
	ahead := k.ahead
	k.ahead = nil
	for _, capture := range ahead {
		k.search(capture)
	}
}

// complete tells whether s has all secrets that a session needs, 0-RTT apart.
func complete(s *keylog.Secrets) bool {
	if s.Get(keylog.Master) != nil {
		return true
	}
	for _, l := range [...]keylog.Label{
		keylog.ClientHandshake, keylog.ServerHandshake, keylog.ClientTraffic, keylog.ServerTraffic,
	} {
		if s.Get(l) == nil {
			return false
		}
	}
	return true
}

// search searches a whole capture for secrets. The caller holds mu.
func (k *keys) search(capture io.Reader) {
	r, err := pcapfile.NewReader(capture)
	if err != nil {
		return // the read stage returns the same error
	}
	var c pcapfile.Chunk
	for err == nil && !k.stopped() {
		err = r.Next(&c)
		for _, text := range c.Secrets {
			k.parse(text)
		}
	}
}

// mayCome tells whether secrets may still come that lookup does not find now.
func (k *keys) mayCome() bool { return !k.final.Load() }

// lateInCapture tells whether secrets may still come in the capture, and so after
// the packets that need them.
func (k *keys) lateInCapture() bool { return k.inCapture.Load() && k.mayCome() }

// hold adds n to the bytes that wait for their keys. It returns false where they
// are too many.
func (k *keys) hold(n int) bool { return k.waiting.Add(int64(n)) <= maxWaiting }
