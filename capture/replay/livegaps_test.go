package replay_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol/session"
)

// blocksOf cuts a pcapng file into its blocks.
func blocksOf(file []byte) (blocks [][]byte) {
	for len(file) > 0 {
		n := binary.LittleEndian.Uint32(file[4:])
		blocks, file = append(blocks, file[:n]), file[n:]
	}
	return blocks
}

// isDroppable tells whether a block is a packet that no SYN is.
func isDroppable(block []byte) bool {
	const enhancedPacket, flags = 6, 28 + 14 + 20 + 13 // over Ethernet and IPv4
	return binary.LittleEndian.Uint32(block) == enhancedPacket && block[flags]&2 == 0
}

// TestRecordingWithGaps: whatever packets a recording lacks, on either leg, it is one session,
// and nobody is held to what is missing: there is no frame that was not there, and no warning
// that the whole recording does not give.
func TestRecordingWithGaps(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "rec.pcapng")
	relayed(t, name, pcapng.Options{}, peer.Serve, func(ctx context.Context, r *capture.Registry, _ *journal.Journal, cfg peer.ClientConfig) {
		converse(ctx, t, r, cfg)
	})
	withoutPackets(t, name, 60)
}

// TestRuledRecordingWithGaps: the same under rules. No frame has a fate by a guess.
func TestRuledRecordingWithGaps(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "rec.pcapng")
	book := bookOf(t, strings.Join([]string{
		`delay 2ms every 5 where cmd == "PSH"`, `join every 2 where cmd == "PSH"`, `duplicate every 7 where cmd == "PSH" && len < 100`,
		`drop every 2 where cmd == "Waste"`, `insert Waste every 4 where cmd == "PSH"`, `delay 3ms where cmd == "SYNACK"`,
	}, "\n"), 1)
	relayedUnder(t, book, usual(), name, pcapng.Options{}, peer.Serve, func(ctx context.Context, r *capture.Registry, _ *journal.Journal, cfg peer.ClientConfig) {
		converse(ctx, t, r, cfg)
	})
	withoutPackets(t, name, 20)
}

// withoutPackets replays a recording without some of its packets. In a hundred replays at least
// so many times as many frames are found as in one of the whole recording.
func withoutPackets(t *testing.T, name string, times int) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	blocks := blocksOf(b)
	frames := func(j *journal.Journal) (list []string) { // how long a frame was held the sender's leg does not know
		for _, l := range fated(j) {
			list = append(list, l[:strings.LastIndex(l, " ")])
		}
		return list
	}
	faults := func(j *journal.Journal) map[session.Code]bool {
		codes := make(map[session.Code]bool)
		for code, worst := range look(j).Session.Worst {
			if worst >= session.Warning {
				codes[code] = true
			}
		}
		return codes
	}
	whole := decode(file(t, b, nil))
	truth, known := frames(whole), faults(whole)
	var packets []int
	for i, b := range blocks {
		if isDroppable(b) {
			packets = append(packets, i)
		}
	}
	found, cut := 0, 0
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 11))
		drop := make(map[int]bool)
		for range 1 + rng.IntN(3) {
			drop[packets[rng.IntN(len(packets))]] = true
		}
		var left [][]byte
		for i, b := range blocks {
			if !drop[i] {
				left = append(left, b)
			}
		}
		p := file(t, bytes.Join(left, nil), nil)
		p.isOrderly(t)
		j := decode(p)
		if n := j.Totals().Sessions; n != 1 {
			t.Fatalf("without %v: %d sessions", drop, n)
		}
		for code := range faults(j) {
			if !known[code] {
				t.Errorf("seed %d: without %v: %s\n%s", seed, drop, code, around(p, code))
			}
		}
		got := frames(j)
		found += len(got)
		if len(got) < len(truth) {
			cut++
		}
		for _, l := range got {
			if !slices.Contains(truth, l) {
				t.Errorf("seed %d: without %v: %s is not of the truth", seed, drop, l)
			}
		}
	}
	if found < times*len(truth) || cut == 0 {
		t.Errorf("%d frames were found in all, %d times not all", found, cut)
	}
}
