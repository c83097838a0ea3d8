package tlsrec

import (
	"bytes"
	"testing"
)

// FuzzOpen opens arbitrary records. It holds that what opens is what the
// matching sealer seals, and no longer than a record may be.
func FuzzOpen(f *testing.F) {
	for i, suite := range allSuites {
		record, err := NewSealer(keysFor(f, suite)).Seal(nil, ApplicationData, []byte("text"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), record)
	}
	f.Add(uint8(0), []byte{23, 3, 3, 0, 17})
	f.Fuzz(func(t *testing.T, which uint8, record []byte) {
		suite := allSuites[int(which)%len(allSuites)]
		keys := keysFor(t, suite)
		before := bytes.Clone(record)
		typ, plaintext, err := NewOpener(keys).Open(record)
		if err != nil {
			return
		}
		if len(plaintext) > len(record)-NewOpener(keys).Overhead() || len(plaintext) > MaxPlaintext {
			t.Fatalf("%d bytes opened as %d", len(record), len(plaintext))
		}
		padding := 0
		if suite.params().version == VersionTLS13 {
			padding = len(record) - NewOpener(keys).Overhead() - len(plaintext)
		}
		again, err := NewSealer(keys).SealPadded(nil, typ, plaintext, padding)
		if err != nil {
			t.Fatal(err)
		}
		if explicit := suite.params().explicit; explicit == 0 && !bytes.Equal(again, before) {
			t.Fatalf("% x opens, and is sealed as % x", before, again)
		}
	})
}
