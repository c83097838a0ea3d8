package traffic

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// soon are limits for what does not come.
func soon() limits {
	l := usual()
	l.request, l.reply = 600*time.Millisecond, 300*time.Millisecond
	l.datagram, l.linger, l.tell, l.silence = 300*time.Millisecond, 150*time.Millisecond, 600*time.Millisecond, 300*time.Millisecond
	return l
}

// changed carries bytes, the n-th of which it changes.
func changed(n int64) func(w, r net.Conn) {
	return func(w, r net.Conn) {
		_, _ = io.CopyN(w, r, n)
		var b [1]byte
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return
		}
		_, _ = w.Write([]byte{b[0] ^ 1})
		_, _ = io.Copy(w, r)
	}
}

// says carries a text in place of all that the other says. That has then got the request whole:
// bytes that nobody reads would reset the connection.
func says(text string) func(w, r net.Conn) {
	return func(w, r net.Conn) {
		mute(w, r)
		_, _ = io.WriteString(w, text)
	}
}

// mute carries nothing, until the other end closes.
func mute(_, r net.Conn) { _, _ = io.Copy(io.Discard, r) }

func TestWhatAClientDoesWrongIsSaid(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
	for name, c := range map[string]struct {
		server socksServer
		want   string
	}{
		"refuses":         {socksServer{reply: 4}, "the client's SOCKS inbound says: host unreachable"},
		"odd refusal":     {socksServer{reply: 0x42}, "the client's SOCKS inbound says: unknown code: 66"},
		"wants a login":   {socksServer{method: 0xff}, "the client's SOCKS inbound wants a login"},
		"is no SOCKS":     {socksServer{garbage: "HTTP/1.1 400 Bad"}, "the client's SOCKS inbound does not speak SOCKS 5"},
		"hangs":           {socksServer{hang: true}, "the client's SOCKS inbound gave no reply within 0.3 s"},
		"hangs up":        {socksServer{hangup: true}, "the client's SOCKS inbound closed the connection without a reply"},
		"closes":          {socksServer{answer: says("")}, "the connection was "},
		"says nothing":    {socksServer{question: mute}, "there was no whole answer within 0.6 s"},
		"answers garbage": {socksServer{answer: says("what\x1b\r\n")}, `malformed HTTP response "what\\x1b"`},
		"cuts":            {socksServer{answer: says(head + "123")}, "after 3 bytes: the connection was closed"},
		"adds":            {socksServer{answer: says(head + "123456789")}, `the answer is "123456789", want "`},
		"changes":         {socksServer{question: changed(15)}, `the answer is "`},
		"breaks HTTP":     {socksServer{question: changed(0)}, "the target's answer has status "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProxy(t, &c.server)
			p.limits = soon()
			compared, err := p.Request(t.Context())
			if err == nil || compared != 0 || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %d, %v, want %q", compared, err, c.want)
			}
		})
	}
}

func TestAClientThatIsNotThere(t *testing.T) {
	target := newTarget(t)
	p, err := To(target.refusedAddr(), target)
	if err != nil {
		t.Fatal(err)
	}
	want := "nothing listens at the client's SOCKS inbound " + target.refusedAddr()
	if _, err := p.Request(t.Context()); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	got := p.Datagrams(t.Context(), 7)
	if got.Requests != 7 || got.Failed != 7 || len(got.Failures) != 1 || got.Failures[0] != want {
		t.Errorf("datagrams: got %+v", got)
	}
	for _, kind := range p.Kinds(t.Context()) {
		if kind.OK || !strings.Contains(kind.Text, want) {
			t.Errorf("got %+v", kind)
		}
	}
}

func TestBulkIsCompared(t *testing.T) {
	const size = 300_000
	cut := func(w, r net.Conn) { _, _ = io.CopyN(w, r, size/2) }
	for name, c := range map[string]struct {
		server   socksServer
		down, up string // "": it goes well
	}{
		"answer changed":   {socksServer{answer: changed(size / 2)}, "300000 bytes arrived, and they are not those that were sent", ""},
		"answer cut":       {socksServer{answer: cut}, "after 149", ""},
		"question changed": {socksServer{question: changed(size / 2)}, "", "the target did not get the 300000 bytes that were sent"},
		"question cut":     {socksServer{question: cut}, "", "the "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProxy(t, &c.server)
			_, err := p.Download(t.Context(), size)
			holds(t, "download", err, c.down)
			_, err = p.Upload(t.Context(), size)
			holds(t, "upload", err, c.up)
		})
	}
}

// TestBulkThatStandsStill: nobody waits for the rest of a transfer that goes on no more.
func TestBulkThatStandsStill(t *testing.T) {
	over := make(chan struct{})
	defer close(over)
	p := newProxy(t, &socksServer{answer: func(w, r net.Conn) {
		_, _ = io.CopyN(w, r, 1000)
		<-over
	}})
	p.limits.still = 100 * time.Millisecond
	if _, err := p.Download(t.Context(), 300_000); err == nil || !strings.HasSuffix(err.Error(), " bytes: nothing moved for 0.1 s") {
		t.Errorf("got %v", err)
	}
}

// holds fails the test unless an error is as it should be: it begins so, or is none.
func holds(t *testing.T, what string, err error, want string) {
	t.Helper()
	if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
		t.Errorf("%s: got %v, want %q", what, err, want)
	}
}

func TestAddressesAreChecked(t *testing.T) {
	target := newTarget(t)
	for _, socks := range []string{"", "here", "1.2.3.4:5:6"} {
		if _, err := To(socks, target); err == nil {
			t.Errorf("a SOCKS inbound at %q", socks)
		}
	}
	for _, url := range []string{"", "example.com", "ftp://example.com/", "http://", "https:///x", "http://a b/"} {
		if _, err := ToURL("127.0.0.1:1080", url); err == nil {
			t.Errorf("a target at %q", url)
		}
	}
}
