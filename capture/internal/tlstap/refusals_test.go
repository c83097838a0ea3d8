package tlstap

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/internal/tlstest"
	"anytls-inspect/protocol"
)

// TestRefusals: what is not TLS, or not its beginning, stops with the reason, and
// none of it passes for data.
func TestRefusals(t *testing.T) {
	hello := plainRecord(tlsrec.Handshake, forgedClientHello(tlsrec.AES128GCMSHA256))
	bothStop := func(first, second, err string) string {
		return first + " stopped: " + err + "\n" + second + " stopped: " + err
	}
	stop := func(err string) string { return bothStop(">", "<", err) }
	for _, test := range []struct {
		name   string
		chunks []tlstest.Chunk
		want   string
		err    error
	}{
		{"HTTP", []tlstest.Chunk{{Dir: toServer, Data: []byte("GET / HTTP/1.1\r\n\r\n")}}, stop("not TLS"), ErrNotTLS},
		{"SSH", []tlstest.Chunk{{Dir: toClient, Data: []byte("SSH-2.0-OpenSSH\r\n")}}, bothStop("<", ">", "not TLS"), ErrNotTLS},
		{"one byte", []tlstest.Chunk{{Dir: toServer, Data: []byte("G")}}, stop("not TLS"), ErrNotTLS},
		{"SSL 2.0", []tlstest.Chunk{{Dir: toServer, Data: []byte{0x80, 0x2e, 1, 0, 2}}}, stop("not TLS"), ErrNotTLS},
		{"version 4", []tlstest.Chunk{{Dir: toServer, Data: []byte{22, 4, 0}}}, stop("not TLS"), ErrNotTLS},
		{"an empty handshake record", []tlstest.Chunk{{Dir: toServer, Data: []byte{22, 3, 1, 0, 0}}}, stop("not TLS"), ErrNotTLS},
		{"a first record of 65535 bytes", []tlstest.Chunk{{Dir: toServer, Data: []byte{22, 3, 1, 0xff, 0xff}}}, stop("not TLS"), ErrNotTLS},
		{
			"mid-stream",
			[]tlstest.Chunk{{Dir: toServer, Data: plainRecord(tlsrec.ApplicationData, make([]byte, 100))}},
			"> stopped: TLS without its handshake", ErrNoHandshake,
		},
		{
			"mid-handshake",
			[]tlstest.Chunk{{Dir: toServer, Data: plainRecord(tlsrec.Handshake, certificateMsg)}},
			"> stopped: TLS without its handshake", ErrNoHandshake,
		},
		{
			"swapped",
			[]tlstest.Chunk{{Dir: toClient, Data: hello}},
			bothStop("<", ">", "unexpected TLS message: client and server are swapped"), tlsrec.ErrUnexpected,
		},
		{
			"swapped by the server",
			[]tlstest.Chunk{{Dir: toServer, Data: plainRecord(tlsrec.Handshake, forgedServerHello(tlsrec.VersionTLS12, tlsrec.AES128GCMSHA256))}},
			stop("unexpected TLS message: client and server are swapped"), tlsrec.ErrUnexpected,
		},
		{
			"HTTP for an answer",
			[]tlstest.Chunk{{Dir: toServer, Data: hello}, {Dir: toClient, Data: []byte("HTTP/1.1 400 Bad Request\r\n")}},
			bothStop("<", ">", "not TLS"), ErrNotTLS,
		},
		{
			"a hello of 16 MB",
			[]tlstest.Chunk{{Dir: toServer, Data: plainRecord(tlsrec.Handshake, []byte{msgClientHello, 0xff, 0xff, 0xff, 3, 3})}},
			stop("unexpected TLS message: a handshake message of 16777215 bytes"), tlsrec.ErrUnexpected,
		},
		{
			"a malformed hello",
			[]tlstest.Chunk{{Dir: toServer, Data: plainRecord(tlsrec.Handshake, handshakeMsg(msgClientHello, []byte{3, 3}))}},
			stop("unexpected TLS message: a malformed ClientHello"), tlsrec.ErrUnexpected,
		},
		{
			"a plain record longer than 16384 bytes",
			[]tlstest.Chunk{{Dir: toServer, Data: plainRecord(tlsrec.Handshake, append(forgedClientHello(1), make([]byte, tlsrec.MaxPlaintext)...))}},
			stop("not TLS: a handshake record of 16431 bytes"), ErrNotTLS,
		},
		{
			"a server that waits for a hello that ends",
			[]tlstest.Chunk{{Dir: toServer, Data: hello[:20]}, {Dir: toClient, Data: hello[:3]}},
			stop("the direction ends inside a record: unexpected EOF"), io.ErrUnexpectedEOF,
		},
		{
			"no answer",
			[]tlstest.Chunk{{Dir: toServer, Data: hello}, {Dir: toServer, Data: plainRecord(tlsrec.ApplicationData, make([]byte, 100))}},
			"> stopped: record does not open", tlsrec.ErrOpen,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			tp := tlstest.Tape{Chunks: test.chunks}
			f := newForge(t, tlsrec.AES128GCMSHA256)
			got := play(t, tp, f.lookup, whole)
			got.expect(t, test.want)
			if err := got.findings[0].Err; !errors.Is(err, test.err) {
				t.Errorf("stopped with %v, want %v", err, test.err)
			}
			got.same(t, play(t, tp, f.lookup, every(1)))
		})
	}
}

// TestNotTLSFromHere: a header that TLS does not allow stops a direction that was
// TLS so far, and not the other one, unless a record opens behind it: then the capture has
// other bytes than were sent.
func TestNotTLSFromHere(t *testing.T) {
	for _, test := range []struct {
		name string
		junk []byte
		want string
	}{
		{"too long", []byte{23, 3, 3, 0x41, 1}, "not TLS: a record of 16646 bytes"},
		{"no type", []byte{99, 3, 3, 0, 40}, "not TLS: a record of type 99"},
		{"no version", []byte{23, 9, 9, 0, 40}, "not TLS: a record of version 9.9"},
		{"too short", append([]byte{23, 3, 3, 0, 16}, make([]byte, 16)...), "unexpected TLS message: a protected record of 21 bytes"},
	} {
		f := newForge(t, tlsrec.AES128GCMSHA256).established().data(toServer, "a")
		f.raw(toServer, test.junk).data(toClient, "b")
		begun := hello13aes + "\nestablished\n> \"a\"\n> damaged: " + test.want
		got := play(t, f.Tape, f.lookup, whole)
		got.expect(t, begun+"\n< \"b\"\n> stopped: "+test.want)
		got.same(t, play(t, f.Tape, f.lookup, every(1)))

		f.data(toServer, "c")
		got = play(t, f.Tape, f.lookup, whole)
		got.expect(t, fmt.Sprintf("%s\n< \"b\"\n> lost %d bytes, 0 records, 0 of plaintext: the capture has other bytes than were sent\n> \"c\"", begun, len(test.junk)))
		got.same(t, play(t, f.Tape, f.lookup, every(1)))
	}
}

// TestCutOff: a direction that ends inside a record is stopped for that.
func TestCutOff(t *testing.T) {
	f := newForge(t, tlsrec.AES128GCMSHA256).established().data(toServer, "a")
	last := f.Chunks[len(f.Chunks)-1].Data
	for n := range last {
		tp := f.Tape
		tp.Chunks = slices.Clone(tp.Chunks)
		tp.Chunks[len(tp.Chunks)-1].Data = last[:n]
		got := play(t, tp, f.lookup, whole)
		want := "hello TLS 1.3 TLS_AES_128_GCM_SHA256\nestablished"
		if n > 0 {
			want += "\n> stopped: the direction ends inside a record: unexpected EOF"
		}
		got.expect(t, want)
	}
}

func TestSniff(t *testing.T) {
	for _, test := range []struct {
		bytes []byte
		want  Start
	}{
		{nil, StartUnknown},
		{[]byte{22}, StartUnknown},
		{[]byte{22, 3, 1, 0}, StartUnknown},
		{[]byte{22, 3, 1, 0, 5}, StartUnknown},
		{[]byte{22, 3, 1, 0, 5, 1}, StartClientHello},
		{[]byte{22, 3, 3, 0, 5, 2}, StartServerHello},
		{[]byte{22, 3, 3, 0, 5, 11}, StartMidStream},
		{[]byte{23, 3, 3, 0, 5}, StartMidStream},
		{[]byte{21, 3, 3, 0, 2}, StartMidStream},
		{[]byte{20, 3, 3, 0, 1}, StartMidStream},
		{[]byte{22, 3, 3, 0, 0}, StartNotTLS},
		{[]byte{22, 3, 3, 0xff, 0}, StartNotTLS},
		{[]byte{22, 3, 5}, StartNotTLS},
		{[]byte{22, 2}, StartNotTLS},
		{[]byte("G"), StartNotTLS},
		{[]byte{24}, StartNotTLS},
	} {
		if got := Sniff(test.bytes); got != test.want {
			t.Errorf("Sniff(% x) = %d, want %d", test.bytes, got, test.want)
		}
	}
}

// TestFeedAfterTheEnd: what comes behind a closing alert or a Stopped is neither
// found nor held.
func TestFeedAfterTheEnd(t *testing.T) {
	f := newForge(t, tlsrec.AES128GCMSHA256).established()
	f.close().data(toServer, "ignored").raw(toClient, bytes.Repeat([]byte{7}, 100))
	var got listener
	o := NewObserver(f.lookup, got.hear)
	feed(o, f.Chunks)
	o.Gap(toClient, 10)
	o.Retry()
	got.expect(t, "hello TLS 1.3 TLS_AES_128_GCM_SHA256\nestablished\n"+both)
	for _, dir := range []protocol.Direction{toServer, toClient} {
		if n := o.Unread(dir); n != 0 {
			t.Errorf("Unread(%v) = %d behind a close_notify, want 0", dir, n)
		}
	}
	if o.Buffered() != 0 {
		t.Errorf("the observer holds %d bytes behind the end", o.Buffered())
	}
}
