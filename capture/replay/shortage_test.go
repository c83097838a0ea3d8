package replay

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/pcaptest"
)

// TestNoGuessesWhenStopped: a replay that is to end tries no more sessions of the key log, and
// looks no further for secrets, which both take long.
func TestNoGuessesWhenStopped(t *testing.T) {
	var log strings.Builder
	for i := range 3 {
		fmt.Fprintf(&log, "SERVER_TRAFFIC_SECRET_0 %064x %064x\n", i, i)
	}
	capture := &counting{r: strings.NewReader(string(pcaptest.Read(t, "testdata/http.pcap").Bytes()))}
	k := newKeys([]io.Reader{strings.NewReader(log.String())}, []io.Reader{capture}, func(string) {})
	k.arrived()
	k.stopped = func() bool { return true }
	if sessions, _ := k.newest(0); len(sessions) > 0 || capture.n > 64 {
		t.Errorf("%d sessions are tried, and %d bytes are searched", len(sessions), capture.n)
	}
	k.stopped = func() bool { return false }
	if sessions, _ := k.newest(0); len(sessions) != 3 {
		t.Errorf("%d sessions are tried while nothing stops the replay", len(sessions))
	}
}

// A counting reader counts what is read.
type counting struct {
	r io.Reader
	n int
}

func (c *counting) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += n
	return n, err
}

// TestLookTogether: a session that asks for its key while the capture is searched for another's
// is told what one that asks later is told: what the capture has.
func TestLookTogether(t *testing.T) {
	whole, err := os.ReadFile("testdata/http-dsb.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile("testdata/http.keys")
	if err != nil {
		t.Fatal(err)
	}
	random, err := hex.DecodeString(strings.Fields(string(log))[1])
	if err != nil {
		t.Fatal(err)
	}
	var k *keys
	told := make(chan bool)
	capture, asked := bytes.NewReader(whole), false
	k = newKeys(nil, []io.Reader{readerFunc(func(b []byte) (int, error) {
		if !asked {
			asked = true
			go func() {
				_, ok := k.lookup(keylog.Random(random))
				told <- ok
			}()
			for range 1000 {
				runtime.Gosched() // to the other
			}
		}
		return capture.Read(b)
	})}, func(string) {})
	k.lookup(keylog.Random{1})
	if !<-told {
		t.Error("its secrets are not known, though the capture has them")
	}
	if k.mayCome() {
		t.Error("a key may come, though all was searched")
	}
}

// A readerFunc is a reader.
type readerFunc func([]byte) (int, error)

// Read implements [io.Reader].
func (f readerFunc) Read(b []byte) (int, error) { return f(b) }
