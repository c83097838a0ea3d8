package replay

import (
	"slices"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/tlstap"
	"anytls-inspect/protocol"
)

// TestMarkerLoses: bytes that are missing of one frame's data, or of padding0, are counted, and
// the frames behind them are known. Of others it is not known where they end.
func TestMarkerLoses(t *testing.T) {
	preamble := protocol.Preamble{Padding: 30}.Append(nil)
	psh, err := protocol.AppendFrame(nil, protocol.PSH, 1, make([]byte, 20))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		seen    []byte // before the missing bytes
		missing int64
		want    int64
	}{
		{"padding0", preamble[:40], 10, 10},
		{"the rest of padding0", preamble[:40], int64(len(preamble) - 40), int64(len(preamble) - 40)},
		{"more than padding0", preamble[:40], int64(len(preamble) - 39), -1},
		{"the hash", preamble[:10], 4, -1},
		{"data of a frame", slices.Concat(preamble, psh[:12]), 5, 5},
		{"the rest of a frame", slices.Concat(preamble, psh[:12]), int64(len(psh) - 12), int64(len(psh) - 12)},
		{"a header", slices.Concat(preamble, psh[:3]), 4, -1},
		{"whole frames", preamble, int64(len(psh)), -1},
		{"an unknown number", slices.Concat(preamble, psh[:12]), -1, -1},
	} {
		m := newMarker(capture.ServerLeg)
		m.split(0, &tlstap.Finding{Dir: protocol.ClientToServer, Data: tt.seen}, func(int64, capture.Event) {})
		got := m.lose(protocol.ClientToServer, tt.missing)
		if got != tt.want || m.sides[protocol.ClientToServer].lost != (tt.want < 0) {
			t.Errorf("%s: %d bytes, want %d", tt.name, got, tt.want)
		}
	}
}
