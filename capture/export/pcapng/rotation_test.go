package pcapng

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng/pcapngtest"
	"anytls-inspect/protocol"
)

// A talker is a session whose legs a test lets talk.
type talker struct {
	id    capture.SessionID
	legs  protocol.ByPeer[capture.LegRecorder] // nil where it is not recorded any more
	bytes protocol.ByPeer[[]byte]              // what the relay sent on each
}

// begins begins a session with both legs, whose connections use different ports.
func begins(r *Recorder, id capture.SessionID) *talker {
	s := &talker{id: id}
	for p := range s.legs {
		info := leg(id, protocol.Peer(p))
		info.Relay = netip.AddrPortFrom(info.Relay.Addr(), 9443+uint16(p))
		if s.legs[p] = r.Leg(info); s.legs[p] == nil {
			continue
		}
		hello := hello(byte(id))
		if p == int(protocol.Client) {
			s.legs[p].Bytes(noon(), capture.Received, hello, "")
		} else {
			s.legs[p].Bytes(noon(), capture.Sent, hello, "")
			s.bytes[p] = hello
		}
		s.legs[p].Secret(secret("CLIENT_RANDOM", byte(id)))
	}
	return s
}

// says has the relay send bytes on one leg.
func (s *talker) says(p protocol.Peer, b []byte) {
	s.bytes[p] = append(s.bytes[p], b...)
	if s.legs[p] != nil {
		s.legs[p].Bytes(noon(), capture.Sent, b, "")
	}
}

// ends ends the session in good order.
func (s *talker) ends() {
	for _, l := range s.legs {
		if l != nil {
			l.Fin(noon(), capture.Sent)
			l.Fin(noon(), capture.Received)
			l.Close()
		}
	}
}

// names returns the names that a recording gives the legs of a session.
func names(id capture.SessionID) []string {
	return []string{fmt.Sprintf("session %d, client leg", id), fmt.Sprintf("session %d, server leg", id)}
}

// legs returns the connections of each file that is there, by their names. It fails the
// test where a file is not readable by itself, or where a connection is in two.
func (d *disk) legs() (all map[string]*pcapngtest.Connection, file map[string]string) {
	d.t.Helper()
	all, file = make(map[string]*pcapngtest.Connection), make(map[string]string)
	for _, name := range d.left() {
		packets, err := pcapngtest.Read(d.content(name))
		if err != nil || len(packets) == 0 {
			d.t.Fatalf("%s: %d packets, %v", name, len(packets), err)
		}
		connections, err := pcapngtest.Connections(packets)
		if err != nil {
			d.t.Fatalf("%s: %v", name, err)
		}
		for _, c := range connections {
			if all[c.Name] != nil {
				d.t.Errorf("%s is in %s, and in %s", c.Name, file[c.Name], name)
			}
			all[c.Name], file[c.Name] = c, name
		}
	}
	return all, file
}

// relays returns what the relay sent on a leg of a recording.
func relays(c *pcapngtest.Connection, p protocol.Peer) []byte {
	if p == protocol.Client {
		return c.Server.Bytes
	}
	return c.Client.Bytes
}

// TestRotation: whatever sessions do, in whatever order, each is whole in one file, both
// of its legs with their secrets; or it was cut, which Cut and a comment tell. No file
// and no ring is larger than it may be.
func TestRotation(t *testing.T) {
	for _, files := range []int{0, 1, 2, 5} {
		for seed := range uint64(2) {
			t.Run(fmt.Sprintf("%d files, seed %d", files, seed), func(t *testing.T) { rotate(t, files, seed) })
		}
	}
}

func rotate(t *testing.T, files int, seed uint64) {
	d := newDisk(t)
	d.mayFiles, d.mayTotal = files, files*FileGrowth*MinLimit
	cut := make(map[capture.SessionID]Cut)
	r := d.record(Options{Limit: MinLimit, Files: files, Cut: func(c Cut) { cut[c.Session] = c }})
	rnd := rand.New(rand.NewPCG(seed, 1))
	var all, open []*talker
	for range 1500 {
		switch n := rnd.IntN(100); {
		case n < 4 || len(open) == 0:
			s := begins(r, capture.SessionID(1+len(all)))
			all, open = append(all, s), append(open, s)
		case n < 7:
			i := rnd.IntN(len(open))
			open[i].ends()
			open = slices.Delete(open, i, i+1)
		default:
			// The older a session is, the less it says: old files stay open.
			s := open[len(open)-1-int(float64(len(open))*rnd.Float64()*rnd.Float64())]
			b := bytes.Repeat([]byte{byte(rnd.IntN(256))}, 1+int(10_000*rnd.ExpFloat64()))
			s.says(protocol.Peer(rnd.IntN(2)), b)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	legs, in := d.legs()
	whole, seen := 0, make(map[string]int)
	for _, s := range all {
		of := names(s.id)
		if in[of[0]] != in[of[1]] {
			t.Errorf("the legs of session %d are in %q and %q", s.id, in[of[0]], in[of[1]])
		}
		seen[in[of[0]]]++
		for p, name := range of {
			c, peer := legs[name], protocol.Peer(p)
			_, isCut := cut[s.id]
			switch {
			case c == nil && (files > 0 || isCut): // its file was removed, or it was cut as it began
			case c == nil:
				t.Errorf("%s is in no file", name)
			case !isCut && !bytes.Equal(relays(c, peer), s.bytes[p]):
				t.Errorf("%s has %d bytes, want %d, or others", name, len(relays(c, peer)), len(s.bytes[p]))
			case isCut && !bytes.HasPrefix(s.bytes[p], relays(c, peer)):
				t.Errorf("%s has bytes that it never sent", name)
			case !isCut && len(c.Server.Bytes) > 0 && !c.Keyed:
				t.Errorf("%s can't be decrypted", name)
			case !isCut && len(c.Notes) > 0:
				t.Errorf("%s has comments: %+v", name, c.Notes)
			default:
				whole++
			}
		}
	}
	for _, name := range d.left() {
		if n := len(d.content(name)); n > FileGrowth*MinLimit {
			t.Errorf("%s has %d bytes", name, n)
		}
	}
	if least := map[int]int{0: 100}[files] + 2; len(d.names) < 15 || whole < least {
		t.Errorf("too little happened: %d files, %d legs are whole", len(d.names), whole)
	}
	st := r.Stats()
	if last := d.names[len(d.names)-1]; st.Files != len(d.names) || st.Path != last || st.Err != nil || d.open > 0 {
		t.Errorf("stats: %+v; %d files, the last %s; %d are open", st, len(d.names), last, d.open)
	}
}

// TestSessionStaysInItsFile: a session that goes on for many files stays in the one that
// it began in, up to nearly four times the limit.
func TestSessionStaysInItsFile(t *testing.T) {
	d := newDisk(t)
	r := d.record(Options{Limit: MinLimit})
	long := begins(r, 1)
	long.says(protocol.Client, make([]byte, MinLimit))
	for i := range 2*MinLimit/10_000 + 10 {
		long.says(protocol.Client, bytes.Repeat([]byte{byte(i)}, 10_000))
		s := begins(r, capture.SessionID(2+i))
		s.says(protocol.Server, make([]byte, 50_000))
		s.ends()
	}
	long.ends()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	legs, in := d.legs()
	if c := legs["session 1, client leg"]; !bytes.Equal(c.Server.Bytes, long.bytes[protocol.Client]) || c.Order[len(c.Order)-2:] != "SC" {
		t.Errorf("%s, want %d bytes, or others", c, len(long.bytes[protocol.Client]))
	}
	for i, name := range d.names {
		if want := nameOf("dir/rec.pcapng", i+1); name != want {
			t.Errorf("file %d is %s, want %s", i+1, name, want)
		}
		if n := len(d.content(name)); i > 0 && n > 2*MinLimit {
			t.Errorf("%s has %d bytes: it took sessions when it was past the limit", name, n)
		}
	}
	if len(d.names) < 10 || in["session 1, server leg"] != d.names[0] {
		t.Errorf("%d files; the long session is in %s", len(d.names), in["session 1, server leg"])
	}
	if d.mostOpen > 2 {
		t.Errorf("%d files were open at once", d.mostOpen)
	}
}

// TestRing: a file with a session that has not ended stays, and the oldest that is
// closed goes. Where none is closed, the oldest goes with its sessions, which are told.
func TestRing(t *testing.T) {
	d := newDisk(t)
	d.mayFiles, d.mayTotal = 3, 3*FileGrowth*MinLimit
	cuts := make(chan Cut, 10)
	r := d.record(Options{Limit: MinLimit, Files: 3, Cut: func(c Cut) { cuts <- c }})
	fill := func(id capture.SessionID) *talker {
		s := begins(r, id)
		s.says(protocol.Client, make([]byte, MinLimit))
		return s
	}
	fill(1)
	for id := capture.SessionID(2); id < 7; id++ {
		fill(id).ends()
	}
	fill(7)
	want := []string{"dir/rec.pcapng", "dir/rec-6.pcapng", "dir/rec-7.pcapng"}
	written(r)
	if got := d.left(); !slices.Equal(got, want) {
		t.Errorf("files: %q, want %q", got, want)
	}
	fill(8)
	if len(cuts) > 0 {
		t.Errorf("cut: %+v", <-cuts)
	}
	fill(9) // 1, 7 and 8 have not ended
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if len(cuts) != 1 {
		t.Fatalf("%d sessions were cut", len(cuts))
	}
	if c := <-cuts; c.Session != 1 || c.File != "dir/rec.pcapng" {
		t.Errorf("cut: %+v", c)
	}
	want = []string{"dir/rec-7.pcapng", "dir/rec-8.pcapng", "dir/rec-9.pcapng"}
	if got := d.left(); !slices.Equal(got, want) {
		t.Errorf("files: %q, want %q", got, want)
	}
}

// written waits until the writer has done all that was asked of it.
func written(r *Recorder) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.spool.waiting > 0 {
		r.room.Wait() // the writer signals each write
	}
}

// TestOpenFilesAreBounded: sessions that never end don't keep ever more files open. The
// file of the oldest is closed, and stays.
func TestOpenFilesAreBounded(t *testing.T) {
	d := newDisk(t)
	cuts := make(chan Cut, 1000)
	r := d.record(Options{Limit: MinLimit, Cut: func(c Cut) { cuts <- c }})
	const more = 10
	for i := range maxOpen + more {
		begins(r, capture.SessionID(1+i)).says(protocol.Client, make([]byte, MinLimit))
	}
	if n := len(r.files); n != maxOpen {
		t.Errorf("%d files are remembered", n)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if d.mostOpen != maxOpen || len(d.left()) != maxOpen+more || len(cuts) != more {
		t.Fatalf("%d files were open, %d are there, %d sessions were cut", d.mostOpen, len(d.left()), len(cuts))
	}
	legs, _ := d.legs()
	for i := range more {
		if c := <-cuts; c.Session != capture.SessionID(1+i) {
			t.Errorf("cut: %+v", c)
		}
		if c := legs[names(capture.SessionID(1 + i))[1]]; len(c.Notes) != 1 {
			t.Errorf("%s has the comments %+v", c.Name, c.Notes)
		}
	}
}

// TestHandshakeLargerThanAFile: a handshake is written in one piece, and no file is left
// without packets.
func TestHandshakeLargerThanAFile(t *testing.T) {
	d := newDisk(t)
	r := d.record(Options{Limit: MinLimit})
	for i := range 2 {
		rec := r.Leg(leg(capture.SessionID(i), protocol.Client))
		rec.Bytes(noon(), capture.Sent, make([]byte, maxHeld-maxSegment), "")
		rec.Secret(secret("CLIENT_RANDOM", byte(i)))
	}
	if c := d.connections(r); len(c) != 2 || len(d.names) != 2 {
		t.Errorf("%d connections in %d files", len(c), len(d.names))
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pcapng")
	for _, o := range []Options{{Limit: 1000}, {Files: 2}, {Limit: MinLimit, Files: -1}} {
		if _, err := Create(path, o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}
