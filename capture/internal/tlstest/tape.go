package tlstest

import (
	"testing"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/protocol"
)

// A Tape is a recorded connection.
type Tape struct {
	Keys   string  // the key log, in NSS format
	Chunks []Chunk // what was sent, in order
}

// A Chunk is what one side sent at once.
type Chunk struct {
	Dir  protocol.Direction
	Data []byte
}

// Stream returns all that was sent in a direction.
func (tp Tape) Stream(dir protocol.Direction) []byte {
	var all []byte
	for _, c := range tp.Chunks {
		if c.Dir == dir {
			all = append(all, c.Data...)
		}
	}
	return all
}

// Store returns a store that knows the tape's secrets.
func (tp Tape) Store(t testing.TB) *keylog.Store {
	t.Helper()
	store := keylog.NewStore(0)
	Learn(t, store, tp.Keys)
	return store
}

// Learn adds the lines of a key log to a store. A malformed line fails the test.
func Learn(t testing.TB, store *keylog.Store, keys string) {
	t.Helper()
	p := keylog.NewParser(store, func(e *keylog.LineError) { t.Error(e) })
	if _, err := p.Write([]byte(keys)); err != nil {
		t.Fatal(err)
	}
}
