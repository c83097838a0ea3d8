package pcaptest_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"anytls-inspect/capture/internal/pcaptest"
	"anytls-inspect/protocol"
)

const testdata = "../../replay/testdata/"

// some returns a capture of one connection, whose client has the higher port.
func some(t *testing.T) pcaptest.Capture { return pcaptest.Read(t, testdata+"synackerr.pcap") }

// apply changes a capture.
func apply(t *testing.T, c pcaptest.Capture, words string) pcaptest.Capture {
	t.Helper()
	c, err := pcaptest.Apply(c, words)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// places returns where in the truth the packets of c stand.
func places(t *testing.T, c, truth pcaptest.Capture) (list []int) {
	t.Helper()
	for _, p := range c.Packets {
		at := slices.IndexFunc(truth.Packets, func(q pcaptest.Packet) bool { return bytes.Equal(q.Data, p.Data) })
		if at < 0 {
			t.Fatal("a packet is none of the capture's")
		}
		list = append(list, at)
	}
	return list
}

// isAll tells whether a list has each number below n once.
func isAll(list []int, n int) bool {
	list = slices.Sorted(slices.Values(list))
	return len(list) == n && len(slices.Compact(list)) == n
}

func TestSkew(t *testing.T) {
	truth := some(t)
	from := make(map[int]protocol.Peer)
	for _, s := range truth.Segments() {
		from[s.Packet] = s.From
	}
	for _, d := range []time.Duration{time.Millisecond, -50 * time.Millisecond} {
		got := truth.Skew(protocol.Server, d)
		list := places(t, got, truth)
		if !isAll(list, len(truth.Packets)) || slices.IsSorted(list) {
			t.Errorf("%v: packets stand at %v", d, list)
		}
		for i, at := range list {
			want := truth.Packets[at].At
			if from[at] == protocol.Server {
				want = want.Add(d)
			}
			if !got.Packets[i].At.Equal(want) {
				t.Errorf("%v: packet %d is of %v, want %v", d, at, got.Packets[i].At, want)
			}
			if i > 0 && got.Packets[i].At.Before(got.Packets[i-1].At) {
				t.Errorf("%v: packet %d is before the one before it", d, i)
			}
		}
	}
}

func TestByDirection(t *testing.T) {
	truth := some(t)
	for _, first := range []protocol.Peer{protocol.Client, protocol.Server} {
		got := truth.ByDirection(first)
		if !isAll(places(t, got, truth), len(truth.Packets)) {
			t.Error("packets are missing")
		}
		only := truth.OnlyFrom(first)
		n := len(only.Packets)
		if n == 0 || n == len(truth.Packets) {
			t.Fatalf("%d packets of the %v", n, first)
		}
		if !slices.Equal(places(t, only, truth), places(t, got, truth)[:n]) {
			t.Errorf("the packets of the %v do not stand first", first)
		}
		for _, s := range only.Segments() {
			if s.From != first {
				t.Errorf("packet %d is of the %v", s.Packet, s.From)
			}
		}
	}
}

func TestShuffle(t *testing.T) {
	truth := some(t)
	for seed := range uint64(50) {
		within := 1 + rand.New(rand.NewPCG(seed, 1)).IntN(20)
		got := truth.Shuffle(seed, within)
		list := places(t, got, truth)
		if !isAll(list, len(truth.Packets)) {
			t.Fatal("packets are missing")
		}
		for i, at := range list {
			if i > at+within {
				t.Errorf("packet %d stands at %d, more than %d too late", at, i, within)
			}
			if !got.Packets[i].At.Equal(truth.Packets[at].At) {
				t.Errorf("packet %d has another time", at)
			}
		}
		if !slices.Equal(list, places(t, truth.Shuffle(seed, within), truth)) {
			t.Error("the same seed shuffles in another way")
		}
		stamped := got.Restamp()
		if !slices.Equal(list, places(t, stamped, truth)) ||
			!slices.IsSortedFunc(stamped.Packets, func(a, b pcaptest.Packet) int { return a.At.Compare(b.At) }) {
			t.Error("times are not sorted, or packets moved")
		}
	}
}

// TestLoseThenResend: what is sent again comes late, but before the first acknowledgement
// of it.
func TestLoseThenResend(t *testing.T) {
	truth := some(t)
	moved := 0
	for _, lost := range truth.Segments() {
		got := truth.LoseThenResend(lost.Packet)
		list := places(t, got, truth)
		if !isAll(list, len(truth.Packets)) {
			t.Fatal("packets are missing")
		}
		at := slices.Index(list, lost.Packet)
		if at != lost.Packet {
			moved++
		}
		for i, s := range got.Segments() {
			if s.From != lost.From && s.ACK && lost.Length > 0 && int32(s.Ack-lost.Seq) >= int32(lost.Length) && i < at {
				t.Errorf("packet %d is acknowledged by %d, before it", lost.Packet, list[i])
			}
		}
	}
	if moved == 0 {
		t.Error("no packet moves")
	}
}
