package pcapng

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anytls-inspect/capture/export/pcapng/pcapngtest"
	"anytls-inspect/protocol"
)

// TestReplacesCaptures: a capture and an empty file are replaced by a file that only its
// owner may read. Anything else that is there is left as it is.
func TestReplacesCaptures(t *testing.T) {
	var gz bytes.Buffer
	z := gzip.NewWriter(&gz)
	_, _ = z.Write(appendHeader(nil, "test", "", nil))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	pcap := append([]byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0}, make([]byte, 16)...)
	for _, tc := range []struct {
		name    string
		content []byte // nil: nothing is there
		refused bool
	}{
		{"nothing", nil, false},
		{"an empty file", []byte{}, false},
		{"pcapng", appendHeader(nil, "test", "", nil), false},
		{"pcapng that was cut", appendHeader(nil, "test", "", nil)[:5], false},
		{"pcap", pcap, false},
		{"pcapng in gzip", gz.Bytes(), false},
		{"a text", []byte("dear diary"), true},
		{"a short text", []byte("a"), true},
		{"zeros", make([]byte, 1<<20), true},
		{"a text in gzip", zip(t, "dear diary"), true},
		{"damaged gzip", gz.Bytes()[:12], true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "rec.pcapng")
			if tc.content != nil {
				if err := os.WriteFile(path, tc.content, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			r, err := Create(path, Options{Application: "test"})
			if tc.refused {
				if err == nil || !strings.Contains(err.Error(), path+" is there, and is no capture") {
					t.Errorf("refused with %v", err)
				}
				if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, tc.content) {
					t.Errorf("it has other bytes now: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			open(r, 1, protocol.Client).Close()
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			holdsPackets(t, path, 4)
		})
	}
	if _, err := Create(filepath.Join(t.TempDir(), "no", "folder"), Options{}); err == nil {
		t.Error("a file in no folder was created")
	}
}

// zip returns the text compressed.
func zip(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// holdsPackets fails the test unless the file is a private capture with so many packets.
func holdsPackets(t *testing.T, path string, want int) {
	t.Helper()
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if st.Mode().Perm() != mode {
		t.Errorf("mode %v", st.Mode())
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if packets, err := pcapngtest.Read(b); err != nil || len(packets) != want {
		t.Errorf("%d packets, want %d: %v", len(packets), want, err)
	}
}
