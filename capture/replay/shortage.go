package replay

import (
	"fmt"
	"io"

	"anytls-inspect/capture/internal/advice"
	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlstap"
	"anytls-inspect/protocol"
)

const (
	// maxNewest is how many sessions of the key logs are tried for a connection whose
	// ClientHello is not in the capture, and maxGuesses for all of them together: some
	// tens of seconds.
	maxNewest  = 256
	maxGuesses = 1 << 22
)

// newest returns the sessions whose secrets came last, as [keylog.Store.Newest] does, and
// looks for more first, as lookup does.
func (k *keys) newest(after uint64) ([]keylog.Session, uint64) {
	k.lookFurther(func() bool { return false })
	if k.guesses.Load() > maxGuesses || k.stopped() {
		return nil, after
	}
	sessions, now := k.store.Newest(maxNewest, after)
	k.guesses.Add(int64(len(sessions)))
	return sessions, now
}

// shortage says what the key logs have where they lack the key for a direction.
func (k *keys) shortage(i *tlstap.Info, dir protocol.Direction) *advice.Shortage {
	s := &advice.Shortage{Given: len(k.files) > 0, Sessions: k.store.Sessions(), Version: i.Version, Dir: dir}
	s.Absent = s.Given
	for n := range k.files { // of which others change the rest
		s.Absent = s.Absent && absent(k.files[n].r)
	}
	if s.Named = i.ClientRandom != (keylog.Random{}); s.Named {
		s.Secrets, _ = k.store.Lookup(i.ClientRandom)
	}
	return s
}

// ended warns of key logs that have no secrets, when no more come.
func (k *keys) ended() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, f := range k.files {
		s := f.parser.Stats()
		switch {
		case s.Secrets > 0 || f.barren || absent(f.r):
		case s.Lines == 0:
			k.warn(nameOf(f.r, i) + " is empty: the program whose log it is to be has written no secrets")
		default:
			k.warn(nameOf(f.r, i) + " holds no TLS secrets: it is to have lines such as CLIENT_TRAFFIC_SECRET_0, client random, secret")
		}
		k.files[i].barren = true
	}
}

// absent tells whether a key log has not been there so far: who waits for it has said so.
func absent(r io.Reader) bool {
	a, ok := r.(interface{ Absent() bool })
	return ok && a.Absent()
}

// recognise warns of what is strange about a key log, once. The caller holds mu.
func (k *keys) recognise(i int) {
	f := &k.files[i]
	if f.parser.Stats().UTF16 && !f.strange {
		f.strange = true
		k.warn(fmt.Sprintf("%s is UTF-16, as PowerShell's > writes it: it is read all the same", nameOf(f.r, i)))
	}
}
