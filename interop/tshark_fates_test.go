package interop

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng"
)

// TestDissectorFates: a recording may say of a frame all that can become of one. tshark and
// the program's own replay find the same fates, of the same frames.
func TestDissectorFates(t *testing.T) {
	ctx := soon(t)
	tshark := newTshark(ctx, t)
	r := newNoted(t)
	r.say(sent, "", make([]byte, 34), frame(4, 0, "v=2"), frame(1, 1, ""))
	r.say(received, "", frame(10, 0, "v=2"), frame(7, 1, ""))
	r.say(sent, "injected HeartRequest", frame(8, 0, ""))
	r.say(sent, "held HeartRequest, rule 1, for 1h1m1.5s", frame(8, 0, ""))
	r.say(sent, "repeated PSH, stream 1, rule 2", frame(2, 1, strings.Repeat("x", 40_000))) // in several records
	r.say(sent, "held PSH, stream 1, for 20ms", frame(2, 1, "a"), frame(2, 1, "b"))         // the first of them
	r.say(sent, "injected unknown(42), rule 65535", frame(42, 0, ""))
	r.say(received, "dropped PSH, stream 1, rule 3", frame(0, 0, ""), frame(2, 1, "c"), frame(2, 1, "c"))
	r.say(received, "absorbed HeartResponse", frame(9, 0, ""), frame(9, 0, "")) // one of them
	r.say(received, "absorbed HeartResponse", frame(9, 0, ""))                  // its request is missing
	r.say(received, "replaced FIN, stream 1, rule 4, for 250\u00b5s", frame(3, 1, ""))
	// What rules did: a note names the byte with which its frame begins.
	at := func(n int) string { return fmt.Sprintf(", at byte %d", r.said[received]+1+n) }
	r.say(received, "dropped PSH, stream 1, rule 5"+at(9)+"\nheld PSH, stream 1, rule 6"+at(27), frame(2, 1, "ab"), frame(2, 1, "cd"), frame(2, 1, "ef"), frame(2, 1, "gh"))
	r.say(sent, "injected 3 bytes, rule 7", []byte("odd"))
	r.say(sent, "forwarded PSH, stream 1, rule 8, at byte 4000", frame(2, 1, "z"))
	for _, comment := range []string{ // of others, or no notes any more
		"look at this", "dropped", "dropped Waste, rule 65536", "held Waste, for ever", "held Waste, for -1s", "lost Waste", "dropped Waste, stream 1",
		"dropped FIN", "forwarded Waste", "held Waste, for 1", "held Waste, by me", "\x00", "injected , , ,", "held Waste, for 9999999h",
	} {
		r.say(received, comment, frame(0, 0, "w"))
	}
	file := r.end()

	got, err := tshark.Frames(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Replay(ctx, file, "--leg", "server")
	if err != nil {
		t.Fatal(err)
	}
	fates := make(map[string][]string)
	for _, dir := range []string{"c2s", "s2c"} {
		told := want[Route{Session: 1, Dir: dir}]
		if told == nil {
			t.Fatalf("replay has no frames in direction %s", dir)
		}
		if frames := got[Route{1, "server", dir}]; !slices.Equal(frames, told.Frames) {
			t.Errorf("%s: tshark has %v, replay %v", dir, frames, told.Frames)
		}
		for _, f := range told.Frames {
			if f.Fate != "" {
				fates[dir] = append(fates[dir], fmt.Sprintf("%d %s", f.Code, f.Fate))
			}
		}
	}
	wanted := map[string][]string{
		"c2s": {"8 injected", "8 held for 1h1m1.5s by rule 1", "2 repeated by rule 2", "2 held for 20ms", "42 injected by rule 65535", "2 forwarded by rule 8"},
		"s2c": {"2 dropped by rule 3", "9 absorbed", "9 absorbed", "3 replaced for 250µs by rule 4", "2 dropped by rule 5", "2 held by rule 6"},
	}
	for dir, want := range wanted {
		if !slices.Equal(fates[dir], want) {
			t.Errorf("%s: replay has the fates %q, want %q", dir, fates[dir], want)
		}
	}

	// The fields, and a filter on each.
	fields := []string{"anytls.fate", "anytls.rule", "anytls.held", "_ws.col.Info"}
	for filter, want := range map[string][]string{
		`anytls.fate == "absorbed"`: {
			"[[absorbed] [] [] [HeartResponse [absorbed], HeartResponse ]]",
			"[[absorbed] [] [] [HeartResponse [absorbed] ]]",
		},
		"anytls.rule == 1": {"[[held] [1] [3661.500000000] [HeartRequest [held for 1h1m1.5s by rule 1] ]]"},
		"anytls.held < 0.1": {
			"[[held] [] [0.020000000] [PSH 1 (1) [held for 20ms], PSH 1 (1) ]]",
			"[[replaced] [4] [0.000250000] [FIN 1 [replaced for 250µs by rule 4] ]]",
		},
	} {
		rows, err := tshark.Rows(ctx, file, filter, nil, fields)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range rows {
			got = append(got, fmt.Sprint(row))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", filter, got, want)
		}
	}
	// Wireshark reads a packet again when it is looked at.
	rows, err := tshark.Rows(ctx, file, "anytls.fate", []string{"-2"}, fields[:1])
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(rows), "[[[injected]] [[held]] [[repeated]] [[held]] [[injected]] [[dropped]] [[absorbed]] [[absorbed]] [[replaced]] [[dropped held]] [[injected]] [[forwarded]]]"; got != want {
		t.Errorf("read twice: %s, want %s", got, want)
	}
	checkSound(ctx, t, tshark, file)
}

// The ways in which a noted session's bytes go.
const (
	sent     = capture.Sent
	received = capture.Received
)

// A noted is a session whose leg with the server is recorded, with notes that the test says.
type noted struct {
	t        *testing.T
	file     string
	recorder *pcapng.Recorder
	leg      capture.LegRecorder
	ends     capture.ByWay[*tls.Conn] // by the way in which they send
	note     string                   // on the next bytes
	said     capture.ByWay[int]       // bytes, so far
}

// A notedConn is the relay's end of the leg, below TLS.
type notedConn struct {
	net.Conn
	*noted
}

func (c notedConn) Write(b []byte) (int, error) {
	c.bytes(sent, b)
	return c.Conn.Write(b)
}

func (c notedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.bytes(received, b[:n])
	}
	return n, err
}

func (r *noted) bytes(w capture.Way, b []byte) {
	r.leg.Bytes(time.Now(), w, b, r.note)
	r.note = ""
}

func newNoted(t *testing.T) *noted {
	t.Helper()
	r := &noted{t: t, file: filepath.Join(t.TempDir(), "rec.pcapng")}
	pair, err := tls.X509KeyPair(newCertificate(t))
	if err != nil {
		t.Fatal(err)
	}
	if r.recorder, err = pcapng.Create(r.file, pcapng.Options{}); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	r.leg = r.recorder.Leg(capture.LegInfo{
		Session: 1, Leg: capture.ServerLeg, Asked: now, Answered: now,
		Relay: netip.MustParseAddrPort("192.0.2.1:40000"), Peer: netip.MustParseAddrPort("192.0.2.2:8443"),
	})
	near, far := net.Pipe()
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	r.ends[sent] = tls.Client(notedConn{near, r}, &tls.Config{
		InsecureSkipVerify: true, KeyLogWriter: capture.SecretWriter(r.leg, nil), DynamicRecordSizingDisabled: true,
	})
	r.ends[received] = tls.Server(far, &tls.Config{
		Certificates: []tls.Certificate{pair}, SessionTicketsDisabled: true, DynamicRecordSizingDisabled: true,
	})
	shaken := make(chan error, 1)
	go func() { shaken <- r.ends[received].HandshakeContext(t.Context()) }()
	if err := r.ends[sent].HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-shaken; err != nil {
		t.Fatal(err)
	}
	return r
}

// say writes frames at once, with a note on the first bytes of them. It returns when they have
// arrived.
func (r *noted) say(w capture.Way, note string, frames ...[]byte) {
	r.t.Helper()
	r.note = note
	r.said[w] += len(slices.Concat(frames...))
	say(r.t, r.ends[w], r.ends[w.Reverse()], slices.Concat(frames...))
}

// end ends the recording and returns its file.
func (r *noted) end() string {
	r.t.Helper()
	r.leg.Fin(time.Now(), sent)
	r.leg.Close()
	if err := r.recorder.Close(); err != nil {
		r.t.Fatal(err)
	}
	return r.file
}
