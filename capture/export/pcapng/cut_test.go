package pcapng

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng/pcapngtest"
	"anytls-inspect/protocol"
)

// TestCutAtGrowth: a session that would take too much is recorded no further, on both
// legs. A comment says so, and Cut once. Others go on, also one in the same file.
func TestCutAtGrowth(t *testing.T) {
	d := newDisk(t)
	cuts := make(chan Cut, 2)
	r := d.record(Options{Limit: MinLimit, Cut: func(c Cut) { cuts <- c }})
	large, small := begins(r, 1), begins(r, 3)
	for i := range 2*SessionGrowth - 1 {
		large.says(protocol.Peer(i%2), make([]byte, MinLimit/2))
	}
	for i := range MinLimit / 100 { // until there is hardly room for the comments
		large.says(protocol.Peer(i%2), []byte("tiny"))
	}
	c := <-cuts // while the recording goes on
	if c.Session != 1 || c.File != d.names[0] || c.Why != "it would take more than 4 times the limit of 131072 bytes" {
		t.Errorf("cut %+v", c)
	}
	if again := r.Leg(leg(1, protocol.Client)); again != nil {
		t.Error("another leg of the session is recorded")
	}
	small.says(protocol.Client, make([]byte, MinLimit))
	small.ends()
	other := begins(r, 2)
	other.says(protocol.Client, []byte("x"))
	large.legs[protocol.Client].Reset(noon(), capture.Received)
	large.ends()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if len(cuts) > 0 {
		t.Errorf("cut again: %+v", <-cuts)
	}
	legs, in := d.legs()
	for _, name := range names(1) {
		why := c.Why
		c := legs[name]
		want := []pcapngtest.Note{{Text: capture.CutNote(why), Bytes: []byte{}}}
		if diff := cmp.Diff(want, c.Notes, cmpopts.EquateEmpty()); diff != "" || strings.ContainsAny(c.Order, "CSR") {
			t.Errorf("%s: order %s, notes (-want +got):\n%s", name, c.Order, diff)
		}
	}
	if n := large.recorded(); n > SessionGrowth*MinLimit || n < SessionGrowth*MinLimit-2*maxCut {
		t.Errorf("%d bytes of the session are recorded", n)
	}
	if c := legs[names(3)[0]]; !bytes.Equal(c.Server.Bytes, small.bytes[protocol.Client]) || len(c.Notes) > 0 {
		t.Errorf("the small session: %s", c)
	}
	if in["session 2, client leg"] != "dir/rec-2.pcapng" {
		t.Errorf("the other session is in %q", in["session 2, client leg"])
	}
}

// recorded returns how many bytes are recorded of a session that was cut.
func (s *talker) recorded() (n int64) {
	for _, l := range s.legs {
		n = l.(*connection).session.size
	}
	return n
}

// TestCutInTheHandshake: what is held back for secrets that never come is left out
// where the file has no room for it, and the sequence numbers go on without it.
func TestCutInTheHandshake(t *testing.T) {
	for _, room := range []int{3 << 10, 20 << 10} {
		d := newDisk(t)
		r := d.record(Options{Limit: MinLimit})
		shaking := r.Leg(leg(1, protocol.Client))
		shaking.Bytes(noon(), capture.Received, hello(1), "")
		shaking.Bytes(noon(), capture.Sent, make([]byte, 10<<10), "")
		var others [3]capture.LegRecorder
		for i := range others {
			others[i] = open(r, capture.SessionID(2+i), protocol.Client)
		}
		for i := range others {
			left := FileGrowth*MinLimit - int(r.newest.size) - room
			others[i].Bytes(noon(), capture.Sent, make([]byte, left/(len(others)-i)), "")
		}
		if shaking.Bytes(noon(), capture.Sent, make([]byte, 100<<10), ""); len(shaking.(*connection).held) == 0 {
			t.Fatal("nothing is held back")
		}
		shaking.Close()
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		legs, _ := d.legs()
		c := legs["session 1, client leg"]
		if c.Order != "c" || len(c.Notes) != 1 || !strings.HasPrefix(c.Notes[0].Text, capture.CutNote("")) {
			t.Errorf("%d bytes of room: order %s, notes %+v", room, c.Order, c.Notes)
		}
	}
}

// TestFullFile: no file grows past its bound, though no session is large. The comments on
// all of its sessions have room in it.
func TestFullFile(t *testing.T) {
	d := newDisk(t)
	r := d.record(Options{Limit: MinLimit})
	var all []*talker
	for r.newest.number == 1 && len(all) < 1000 {
		all = append(all, begins(r, capture.SessionID(1+len(all))))
	}
	for _, s := range all {
		s.says(protocol.Client, make([]byte, FileGrowth*MinLimit/len(all)))
	}
	for i := range 100 * len(all) { // until there is hardly room for the comments
		all[i%len(all)].says(protocol.Server, []byte("tiny"))
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(d.content(d.names[0])); n > FileGrowth*MinLimit {
		t.Errorf("the file has %d bytes", n)
	}
	legs, _ := d.legs()
	noted := 0
	for _, c := range legs {
		noted += len(c.Notes)
	}
	if noted < 2*(len(all)-1) || len(all) < 50 || len(all) == 1000 {
		t.Errorf("%d comments for %d sessions", noted, len(all))
	}
}

// TestCutFits: there is room for the longest comment on a cut.
func TestCutFits(t *testing.T) {
	longest := Options{Limit: 1<<63 - 1}
	if n := len(capture.CutNote(longest.past("its file", FileGrowth))); packetOverhead+n > maxCut {
		t.Errorf("a comment of %d bytes", n)
	}
}
