package pcapng

import (
	"bytes"
	"strings"
	"testing"

	"anytls-inspect/capture/export/pcapng/pcapngtest"
	"anytls-inspect/protocol"
)

// A sponge is an output that was open before.
type sponge struct {
	bytes.Buffer
	closed int
}

func (s *sponge) Close() error {
	s.closed++
	return nil
}

// TestGivenOutput: a recording can be written to an output that is open, which is closed at
// its end. The path only names it: there is no such file.
func TestGivenOutput(t *testing.T) {
	var out sponge
	r, err := Create("no/such/folder", Options{Output: &out})
	if err != nil {
		t.Fatal(err)
	}
	talk(r.Leg(leg(1, protocol.Client)), noon())
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if packets, err := pcapngtest.Read(out.Bytes()); err != nil || len(packets) == 0 || out.closed != 1 {
		t.Errorf("%d packets, %v; closed %d times", len(packets), err, out.closed)
	}
	if _, err := Create("standard output", Options{Output: &out, Limit: MinLimit}); err == nil || !strings.Contains(err.Error(), "standard output is one output") {
		t.Errorf("with a limit: %v", err)
	}
}
