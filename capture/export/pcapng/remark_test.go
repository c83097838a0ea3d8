package pcapng

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng/pcapngtest"
	"anytls-inspect/protocol"
)

// TestRemarks: a remark is the comment of an acknowledgement at its place among the packets,
// and changes nothing of what the connection carries. Behind a leg's end there is none.
func TestRemarks(t *testing.T) {
	d := newDisk(t)
	r := d.record(Options{})
	rec := open(r, 1, protocol.Server)
	at := func(n int) time.Time { return noon().Add(time.Duration(n) * time.Second) }
	blocked := capture.StateNote(&capture.Event{Kind: capture.Blocked, Dir: protocol.ClientToServer, Since: noon(), Bytes: 9})
	moves := capture.StateNote(&capture.Event{Kind: capture.Unblocked, Dir: protocol.ClientToServer})
	rec.Bytes(at(1), capture.Sent, []byte("what the server does not take"), "")
	rec.Remark(at(2), blocked)
	rec.Bytes(at(3), capture.Received, []byte("what it says all the same"), "")
	rec.Remark(at(3), moves)
	rec.Bytes(at(4), capture.Sent, []byte("more"), "")
	rec.Fin(at(5), capture.Sent)
	rec.Fin(at(5), capture.Received)
	rec.Remark(at(6), "too late")
	rec.Close()
	rec.Remark(at(7), "much too late")
	var told []string
	for _, p := range d.finish(r) {
		if p.Comment == "" || strings.HasPrefix(p.Comment, "session ") {
			continue
		}
		told = append(told, p.At.Sub(noon()).String()+" "+p.Comment)
		if n := len(p.TCP.Payload); n > 0 || !p.TCP.ACK || p.TCP.SYN || p.TCP.FIN {
			t.Errorf("%q stands on a packet with %d bytes: %+v", p.Comment, n, p.TCP)
		}
	}
	if len(told) != 2 || told[0] != "2s "+blocked || told[1] != "3s "+moves {
		t.Errorf("the remarks are %q", told)
	}
}

// TestRemarksRepeatNothing: no remark, and no packet that says how a session ended, looks like the
// acknowledgement of what was acknowledged before, by which a peer tells of a loss, however many
// stand in a row.
func TestRemarksRepeatNothing(t *testing.T) {
	d := newDisk(t)
	r := d.record(Options{})
	rec := open(r, 1, protocol.Server)
	remarks := 0
	for i := range 20 {
		for range i % 4 {
			rec.Remark(noon(), "heartbeats wait")
			remarks++
		}
		rec.Bytes(noon(), capture.Way(i%3%2), []byte("some bytes"), "")
	}
	for range ackEvery { // then nothing is left to acknowledge
		rec.Bytes(noon(), capture.Received, []byte("some bytes"), "")
	}
	rec.Ends("it was cut off")
	rec.Close()
	last := make(map[uint16]pcapngtest.Packet) // by the port that sent it
	for _, p := range d.finish(r) {
		from := uint16(p.TCP.SrcPort)
		was, known := last[from]
		if known && len(p.TCP.Payload) == 0 && !p.TCP.SYN && p.TCP.Seq == was.TCP.Seq+uint32(len(was.TCP.Payload)) && p.TCP.Ack == was.TCP.Ack {
			t.Errorf("a packet repeats an acknowledgement: %q", p.Comment)
		}
		last[from] = p
		if p.Comment == "heartbeats wait" {
			remarks--
		}
	}
	if remarks != 0 {
		t.Errorf("%d remarks are missing", remarks)
	}
}

// TestEnds: how a session ends is the comment of the next packet that has none, or of one of its
// own behind all. What is told later stands for what is not recorded yet.
func TestEnds(t *testing.T) {
	for _, tt := range []struct {
		name string
		then func(rec capture.LegRecorder)
		want string // the flags of the packet
	}{
		{"a FIN", func(rec capture.LegRecorder) { rec.Fin(noon(), capture.Received) }, "FIN"},
		{"a reset", func(rec capture.LegRecorder) { rec.Reset(noon(), capture.Received) }, "RST"},
		{"nothing", func(capture.LegRecorder) {}, "ACK"},
		{"a packet with a note, which is acknowledged", func(rec capture.LegRecorder) {
			rec.Bytes(noon(), capture.Sent, []byte("an answer to the relay"), "absorbed HeartResponse")
		}, "ACK"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDisk(t)
			r := d.record(Options{})
			rec := open(r, 1, protocol.Server)
			rec.Bytes(noon(), capture.Sent, []byte("all that the server gets"), "")
			rec.Ends("ended by client: at first")
			rec.Ends("ended by client: at last")
			tt.then(rec)
			rec.Close()
			rec.Ends("too late")
			var told []string
			for _, p := range d.finish(r) {
				if !strings.HasPrefix(p.Comment, "ended") {
					continue
				}
				flags := "ACK"
				switch {
				case p.TCP.FIN:
					flags = "FIN"
				case p.TCP.RST:
					flags = "RST"
				}
				told = append(told, flags+" "+p.Comment)
			}
			if len(told) != 1 || told[0] != tt.want+" ended by client: at last" {
				t.Errorf("told is %q", told)
			}
		})
	}
}

// TestRemarksDoNotWait: a remark waits for no disk, behind whatever waits for it.
func TestRemarksDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk(t)
		release := d.hang()
		defer release()
		r := d.record(Options{})
		rec := open(r, 1, protocol.Client)
		rec.Bytes(noon(), capture.Sent, make([]byte, 2*maxSpool), "") // there is room for its beginning
		begun := time.Now()
		rec.Remark(noon(), "a remark")
		if took := time.Since(begun); took != 0 {
			t.Errorf("the remark took %v", took)
		}
		rec.Bytes(noon(), capture.Sent, []byte("more"), "")
		if took := time.Since(begun); took == 0 {
			t.Error("nothing waits for the disk")
		}
		_ = r.Close() // says that the disk hangs
	})
}

// TestRemarksConnect: remarks leave a connection that the reader puts together as before.
func TestRemarksConnect(t *testing.T) {
	d := newDisk(t)
	r := d.record(Options{})
	rec := open(r, 1, protocol.Client)
	for range 5 {
		rec.Remark(noon(), "a remark")
		rec.Bytes(noon(), capture.Received, hello(1), "")
		rec.Remark(noon(), "another")
	}
	rec.Close()
	if c := d.connections(r); len(c) != 1 {
		t.Errorf("%d connections", len(c))
	}
}
