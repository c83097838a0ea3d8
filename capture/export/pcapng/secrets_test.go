package pcapng

import (
	"strings"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng/pcapngtest"
	"anytls-inspect/protocol"
)

// A step is one thing that a LegRecorder is told.
type step struct {
	way   capture.Way
	bytes []byte
	label string // a secret, where it is not empty
	end   string // "fin", "reset", "close"
}

func play(rec capture.LegRecorder, steps []step) {
	for _, s := range steps {
		switch {
		case s.label != "":
			rec.Secret(secret(s.label, 7))
		case s.end == "fin":
			rec.Fin(noon(), s.way)
		case s.end == "reset":
			rec.Reset(noon(), s.way)
		case s.end == "close":
			rec.Close()
		default:
			rec.Bytes(noon(), s.way, s.bytes, "")
		}
	}
}

// TestSecretsComeFirst: in whatever order the secrets and the bytes of a handshake come,
// the secrets stand before the server's first answer.
func TestSecretsComeFirst(t *testing.T) {
	var all13 []step
	for _, label := range labels13() {
		all13 = append(all13, step{label: label})
	}
	in := func(b string) step { return step{way: capture.Received, bytes: []byte(b)} }
	out := func(b string) step { return step{way: capture.Sent, bytes: []byte(b)} }
	helloIn := step{way: capture.Received, bytes: hello(7)}
	helloOut := step{way: capture.Sent, bytes: hello(7)}
	key12 := step{label: "CLIENT_RANDOM"}
	for _, tc := range []struct {
		name  string
		leg   protocol.Peer
		steps []step
		order string
		lines int // before the server's first answer
	}{
		{
			name: "1.3, client leg", order: "cscs", lines: 4,
			steps: append(append([]step{helloIn}, all13...), out("ServerHello … Finished"), in("Finished"), out("x")),
		},
		{
			name: "1.3, server leg", leg: protocol.Server, order: "cscs", lines: 4,
			steps: append(append([]step{helloOut, in("ServerHello … Finished")}, all13...), out("Finished"), in("x")),
		},
		{
			name: "1.3, HelloRetryRequest", leg: protocol.Server, order: "cscscs", lines: 4,
			steps: append(append([]step{helloOut, in("retry"), out("again"), in("ServerHello …")}, all13...), out("Finished"), in("x")),
		},
		{
			name: "1.2, client leg", order: "cscs", lines: 1,
			steps: []step{helloIn, out("ServerHello …"), in("key, Finished"), key12, out("Finished")},
		},
		{
			name: "1.2, server leg", leg: protocol.Server, order: "cscs", lines: 1,
			steps: []step{helloOut, in("ServerHello …"), key12, out("key, Finished"), in("Finished")},
		},
		{
			name: "half of the secrets, then an alert and a reset", leg: protocol.Server, order: "cscR", lines: 2,
			steps: []step{helloOut, in("ServerHello …"), all13[0], all13[1], out("alert"), {way: capture.Received, end: "reset"}, {end: "close"}},
		},
		{
			name: "no secret, and an end", leg: protocol.Server, order: "csS", lines: 0,
			steps: []step{helloOut, in("alert"), {way: capture.Received, end: "fin"}},
		},
		{
			name: "no secret, and closed", leg: protocol.Server, order: "cs", lines: 0,
			steps: []step{helloOut, in("alert"), {end: "close"}},
		},
		{
			name: "the recording ends", leg: protocol.Server, order: "cs", lines: 2,
			steps: []step{helloOut, in("ServerHello …"), all13[0], all13[1]},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := newDisk(t)
			r := d.record(Options{})
			play(r.Leg(leg(1, tc.leg)), tc.steps)
			packets := d.finish(r)
			all, err := pcapngtest.Connections(packets)
			if err != nil {
				t.Fatal(err)
			}
			if c := all[0]; c.Order != tc.order || c.Keyed != (tc.lines > 0) {
				t.Errorf("order %q, want %q; keyed %v", c.Order, tc.order, c.Keyed)
			}
			server := uint16(9443)
			if tc.leg == protocol.Server {
				server = 40001
			}
			for _, p := range packets {
				if uint16(p.TCP.SrcPort) != server || len(p.TCP.Payload) == 0 {
					continue
				}
				if got := strings.Count(p.Secrets, "\n"); got != tc.lines {
					t.Errorf("%d secrets before the server's first answer, want %d", got, tc.lines)
				}
				break
			}
		})
	}
}

// TestHeldBackIsBounded: what a server sends without any secret is recorded too.
func TestHeldBackIsBounded(t *testing.T) {
	d := newDisk(t)
	r := d.record(Options{})
	rec := r.Leg(leg(1, protocol.Server))
	rec.Bytes(noon(), capture.Sent, hello(7), "")
	for range 10 {
		rec.Bytes(noon(), capture.Received, make([]byte, maxSegment), "")
	}
	if held := len(rec.(*connection).held); held != 0 {
		t.Errorf("%d bytes are held back", held)
	}
	// What becomes known later is written all the same.
	rec.Secret(secret("CLIENT_RANDOM", 7))
	rec.Bytes(noon(), capture.Sent, []byte("x"), "")
	packets := d.finish(r)
	if _, err := pcapngtest.Connections(packets); err != nil {
		t.Error(err)
	}
	if last := packets[len(packets)-1]; strings.Count(last.Secrets, "\n") != 1 {
		t.Errorf("secrets at the end: %q", last.Secrets)
	}
}
