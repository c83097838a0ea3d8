package pcapng

import (
	"bytes"
	"path/filepath"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng/pcapngtest"
	"anytls-inspect/protocol"
)

// TestRotation: files keep to their limit. Each can be read by itself and has the
// secrets of the open connections, and together they hold everything.
func TestRotation(t *testing.T) {
	d := newDisk(t)
	r := d.record(Options{Limit: MinLimit})
	first, second, closed := open(r, 1, protocol.Client), open(r, 2, protocol.Client), open(r, 3, protocol.Client)
	closed.Close()
	var want bytes.Buffer
	for i := range 100 {
		b := bytes.Repeat([]byte{byte(i)}, 100*(1+i))
		first.Bytes(noon(), capture.Sent, b, "")
		second.Bytes(noon(), capture.Received, b, "")
		want.Write(b)
	}
	first.Bytes(noon(), capture.Sent, make([]byte, 2*MinLimit), "")
	want.Write(make([]byte, 2*MinLimit))
	all := d.connections(r)
	if !bytes.Equal(all[0].Server.Bytes, want.Bytes()) {
		t.Errorf("%d bytes over all files, want %d, or others", len(all[0].Server.Bytes), want.Len())
	}
	if len(d.names) < 9 || d.names[0] != "dir/rec.pcapng" || d.names[1] != "dir/rec-2.pcapng" || d.names[8] != "dir/rec-9.pcapng" {
		t.Fatalf("files: %q", d.names)
	}
	var total int64
	for i, name := range d.names {
		file := d.content(name)
		total += int64(len(file))
		if len(file) > MinLimit || len(file) < MinLimit/3 && i < len(d.names)-1 {
			t.Errorf("%s has %d bytes", name, len(file))
		}
		packets, err := pcapngtest.Read(file)
		if err != nil || len(packets) == 0 {
			t.Fatalf("%s: %d packets, %v", name, len(packets), err)
		}
		if i == 0 {
			continue
		}
		want := string(secret("CLIENT_RANDOM", 1)) + string(secret("CLIENT_RANDOM", 2))
		if got := packets[0].Secrets; got != want {
			t.Errorf("%s begins with other secrets than those of the open connections", name)
		}
	}
	st := r.Stats()
	if st.Files != len(d.names) || st.Bytes != total || st.Path != d.names[len(d.names)-1] || st.Err != nil {
		t.Errorf("stats: %+v, of %d bytes in %d files", st, total, len(d.names))
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
	if c := d.connections(r); len(c) != 2 {
		t.Errorf("%d connections", len(c))
	}
	for _, name := range d.names {
		if packets, err := pcapngtest.Read(d.content(name)); err != nil || len(packets) == 0 {
			t.Errorf("%s: %d packets, %v", name, len(packets), err)
		}
	}
}

// TestManyOpenConnections: the secrets of open connections don't fill the next file.
func TestManyOpenConnections(t *testing.T) {
	d := newDisk(t)
	r := d.record(Options{Limit: MinLimit})
	for i := range 2000 {
		open(r, capture.SessionID(1+i%250), protocol.Client)
	}
	for range 10 {
		open(r, 1, protocol.Client).Bytes(noon(), capture.Sent, make([]byte, maxSegment), "")
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range d.names[1:] {
		packets, err := pcapngtest.Read(d.content(name))
		if err != nil || len(packets) == 0 {
			t.Fatalf("%s: %d packets, %v", name, len(packets), err)
		}
		if n := len(packets[0].Secrets); n > MinLimit/2 {
			t.Errorf("%s begins with %d bytes of secrets", name, n)
		}
	}
}

func TestLimitTooSmall(t *testing.T) {
	if _, err := Create(filepath.Join(t.TempDir(), "x.pcapng"), Options{Limit: 1000}); err == nil {
		t.Error("accepted")
	}
}
