package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestStderrLong: a text that is too long is cut, and not dropped for want of room.
func TestStderrLong(t *testing.T) {
	r, w := io.Pipe()
	e := newStderr(w)
	long := "anytls-inspect: refused: " + strings.Repeat("é", maxUntold) + "\n"
	if n, err := io.WriteString(e, long); n != len(long) || err != nil {
		t.Errorf("Write returned %d, %v", n, err)
	}
	got := make([]byte, maxTold+len("…\n"))
	n, err := io.ReadAtLeast(r, got, maxTold)
	if got = got[:n]; err != nil || !bytes.HasPrefix(got, []byte("anytls-inspect: refused: éé")) || !bytes.HasSuffix(got, []byte("é…\n")) || !utf8.Valid(got) {
		t.Errorf("standard error has %.40q…, %d bytes, %v", got, n, err)
	}
}

// TestStderrHostile: nothing that is told reaches the terminal as a command, and what was made
// printable stays as it is.
func TestStderrHostile(t *testing.T) {
	var b strings.Builder
	e := newStderr(&b)
	if _, err := io.WriteString(e, "open a\x1b]0;b\a\xff\u202e.pcap: é…\tit has \\x1b\n\nSee 'x'.\r\n"); err != nil {
		t.Fatal(err)
	}
	e.queue.flush(patience)
	if want := `open a\x1b]0;b\a\xff\u202e.pcap: é…` + "\t" + `it has \x1b` + "\n\nSee 'x'." + `\r` + "\n"; b.String() != want {
		t.Errorf("standard error has %q, want %q", b.String(), want)
	}
}
