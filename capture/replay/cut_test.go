package replay_test

import (
	"strings"
	"testing"

	"github.com/gopacket/gopacket/layers"
)

// TestShortSnap: of a packet that was cut, the gap has the size of what is missing.
func TestShortSnap(t *testing.T) {
	tp := tapeOf(t, nil, longTalk(t, up, 6, 8000))
	segments := segmentsOf(tp, 1460, 1)
	packets := packetsOf(t, ethernet(), routeOf(50000), segments)
	cut := len(segments)
	for i := range segments { // a full segment in the middle of a record of the client
		if segments[i].dir == up && len(segments[i].data) == 1460 && i > len(segments)/2 {
			cut = i
			break
		}
	}
	packets[cut].length = len(packets[cut].data)
	packets[cut].data = packets[cut].data[:len(packets[cut].data)-100]
	p := file(t, pcapFile(t, layers.LinkTypeEthernet, packets), tp.keys)
	var gap, lost int
	for _, e := range p.events {
		if e.Missing != 0 {
			gap++
			lost = int(e.Missing)
		}
	}
	missing := len(tp.said[up]) - len(p.plaintext(1, up))
	if gap != 1 || lost != missing || missing == 0 || len(p.plaintext(1, down)) != len(tp.said[down]) {
		t.Errorf("%d gaps, the last of %d bytes; %d of %d bytes are missing", gap, lost, missing, len(tp.said[up]))
	}
}

// snapped returns packets as they are with a short snap length.
func snapped(packets []packet, snap int) []packet {
	out := make([]packet, len(packets))
	for i, p := range packets {
		p.length = len(p.data)
		p.data = p.data[:min(snap, len(p.data))]
		out[i] = p
	}
	return out
}

// TestSnapLength has whole captures with a short snap length: warnings and the session's
// reason say so, and nothing else, with the key and without.
func TestSnapLength(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 3, 3000))
	packets := packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	for _, tt := range []struct {
		snap         int
		warning, why string
	}{
		{54, " cut to 54 bytes or less, so that bytes are missing: capture with tcpdump -s 0", " cut, so that bytes are missing: capture with tcpdump -s 0"},
		{96, " cut to 96 bytes or less, so that bytes are missing: capture with tcpdump -s 0", " cut, so that bytes are missing: capture with tcpdump -s 0"},
		{400, " cut to 400 bytes or less, so that bytes are missing: capture with tcpdump -s 0", " cut, so that bytes are missing: capture with tcpdump -s 0"},
		{40, " packets were left out: their headers are cut; capture with a longer snap length (tcpdump -s 0)", ""},
	} {
		for _, keys := range [][]byte{tp.keys, nil} {
			p := file(t, pcapFile(t, layers.LinkTypeEthernet, snapped(packets, tt.snap)), keys)
			if len(p.warnings) == 0 || !strings.Contains(p.warnings[0], tt.warning) {
				t.Errorf("snap length %d: warnings %q", tt.snap, p.warnings)
			}
			all := strings.Join(p.closings(), "; ")
			if !strings.Contains(all, tt.why) || strings.Contains(all, "begin the capture") {
				t.Errorf("snap length %d: %s", tt.snap, all)
			}
		}
	}
}

// TestCutAndWhole has each packet twice, cut and whole: nothing is missing of the session.
func TestCutAndWhole(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 3, 3000))
	packets := packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	var both []packet
	for i, p := range snapped(packets, 96) {
		both = append(both, packets[i], p)
	}
	p := file(t, pcapFile(t, layers.LinkTypeEthernet, both), tp.keys)
	p.carries(t, 1, tp)
	wants(t, p.closings(), "1 closed by client:")
}

// TestMirrorCuts has packets that are shorter than their headers say, though the capture has
// cut none.
func TestMirrorCuts(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 3, 3000))
	packets := snapped(packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1)), 200)
	for i := range packets {
		packets[i].length = len(packets[i].data)
	}
	p := file(t, pcapFile(t, layers.LinkTypeEthernet, packets), tp.keys)
	if len(p.warnings) != 1 || !strings.Contains(p.warnings[0], "does a mirror port or a tunnel cut them?") {
		t.Errorf("warnings %q", p.warnings)
	}
}
