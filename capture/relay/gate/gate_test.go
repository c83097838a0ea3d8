package gate

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// unhex decodes hex with spaces.
func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// show writes verdicts as the table below does: hex, with a mark in front.
func show(verdicts []Verdict) string {
	var parts []string
	for _, v := range verdicts {
		mark := ""
		switch {
		case v.Order == Insert:
			mark = "inject"
		case v.Order == Absorb:
			mark = "absorb "
		}
		parts = append(parts, mark+hex.EncodeToString(v.Data))
	}
	return strings.Join(parts, ", ")
}

// TestGateServerDirection feeds records of the server's direction to a gate, while
// answers to injected requests are owed.
func TestGateServerDirection(t *testing.T) {
	const (
		answer = "09 00000000 0000"
		echo7  = "09 00000007 0000"
		psh    = "02 00000001 0003 616263"
	)
	for _, tc := range []struct {
		name  string
		owed  string   // requests toward the server, in order: i injected, p the client's, t a tombstone
		in    []string // records
		want  []string // verdicts of each
		after string   // held back at the end
	}{
		{name: "nothing owed", in: []string{answer}, want: []string{"09000000000000"}},
		{name: "the relay's", owed: "i", in: []string{answer}, want: []string{"absorb 09000000000000"}},
		{name: "the client's", owed: "p", in: []string{answer}, want: []string{"09000000000000"}},
		{
			name: "oldest first", owed: "ipi", in: []string{answer, answer, answer},
			want: []string{"absorb 09000000000000", "09000000000000", "absorb 09000000000000"},
		},
		{
			name: "amid frames", owed: "i", in: []string{psh + answer + psh},
			want: []string{"02000000010003616263, absorb 09000000000000, 02000000010003616263"},
		},
		{name: "header cut: held until it is whole", owed: "i", in: []string{psh + "09 0000", "0000 0000" + psh}, want: []string{
			"02000000010003616263", "absorb 09000000000000, 02000000010003616263",
		}},
		{
			name: "header cut to single bytes", owed: "i", in: []string{"09", "00", "00", "00", "00", "00", "00"},
			want: []string{"", "", "", "", "", "", "absorb 09000000000000"},
		},
		{
			name: "held, but with data: goes on", owed: "i", in: []string{"09 00", "000000 0001 ff"},
			want: []string{"", "0900000000" + "0001ff"},
		},
		{
			name: "cut header of another command is not held", owed: "i", in: []string{"02 0000", "0001 0001 ff"},
			want: []string{"020000", "00010001ff"},
		},
		{name: "cut, but nothing owed to the relay", owed: "p", in: []string{"09 0000", "0000 0000"}, want: []string{"090000", "00000000"}},
		{name: "a stream id that the relay does not use", owed: "i", in: []string{echo7}, want: []string{"09000000070000"}},
		{name: "a tombstone before a peer's: in doubt", owed: "tp", in: []string{answer, answer}, want: []string{"09000000000000", "09000000000000"}},
		{
			name: "a tombstone before the relay's: late", owed: "ti", in: []string{answer, answer},
			want: []string{"absorb 09000000000000", "absorb 09000000000000"},
		},
		{
			name: "after an unknown command: in doubt", owed: "i", in: []string{psh + "63 00000000 0000" + answer + psh},
			want: []string{"0200000001000361626363000000000000" + "09000000000000" + "02000000010003616263"},
		},
		{name: "held to the end", owed: "i", in: []string{"09 0000"}, want: []string{""}, after: "090000"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			now := time.Unix(1000, 0)
			shared := NewShared(time.Second, session.NewSchemes())
			for _, who := range tc.owed {
				at := now
				if who == 't' {
					at = now.Add(-2 * time.Second)
				}
				shared.ask(at, protocol.ClientToServer, 0, who != 'p')
			}
			g := New(protocol.ServerToClient, shared)
			for i, in := range tc.in {
				buf := append(make([]byte, Headroom), unhex(t, in)...)
				if got := show(g.Decide(now, buf, nil)); got != tc.want[i] {
					t.Errorf("record %d: verdicts %q, want %q", i, got, tc.want[i])
				}
			}
			if got := hex.EncodeToString(g.Release().Data); got != tc.after {
				t.Errorf("held back at the end: %q, want %q", got, tc.after)
			}
		})
	}
}

// TestGateSplitsOnlyWhenStarved: a direction whose records never end at a
// frame's end would make a request wait for ever.
func TestGateSplitsOnlyWhenStarved(t *testing.T) {
	shared := NewShared(time.Second, session.NewSchemes())
	g := New(protocol.ServerToClient, shared)
	request := &protocol.Header{Command: protocol.HeartRequest}
	// Each record ends one frame and begins the next.
	record := append(make([]byte, Headroom), unhex(t, "616263 02 00000001 0003")...)
	first := append(make([]byte, Headroom), unhex(t, "02 00000001 0003")...)
	g.Decide(time.Unix(0, 0), first, request)
	for i := range 3 * maxMissed {
		got := show(g.Decide(time.Unix(0, 0), record, request))
		want := "61626302000000010003"
		if i == maxMissed || i == 2*maxMissed+1 {
			want = "616263, inject, 02000000010003"
		}
		if got != want {
			t.Fatalf("record %d: verdicts %q, want %q", i, got, want)
		}
	}
}
