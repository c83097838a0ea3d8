package traffic

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"anytls-inspect/protocol"
)

// TestRepliesAreSaidAlike: golang.org/x/net/proxy and our own dialogue have the same words.
func TestRepliesAreSaidAlike(t *testing.T) {
	for reply := byte(1); reply < 12; reply++ {
		p := newProxy(t, &socksServer{reply: reply})
		_, err := p.Request(t.Context())
		got := p.Datagrams(t.Context(), 1).Failures
		if err == nil || len(got) != 1 || got[0] != err.Error() || !strings.HasPrefix(got[0], inboundSays) {
			t.Errorf("reply %d: %v to a request, %q to datagrams", reply, err, got)
		}
	}
}

// toServer returns a Proxy to a server that serves each connection so, and closes it then.
func toServer(t *testing.T, serve func(net.Conn)) *Proxy {
	t.Helper()
	l, err := listen(serve)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	p, err := ToURL(new(socksServer).start(t), "http://"+l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// raw returns a Proxy to a web server that answers anything with a text.
func raw(t *testing.T, text string) *Proxy {
	t.Helper()
	return toServer(t, func(conn net.Conn) {
		b := make([]byte, 1<<12)
		if n, err := conn.Read(b); err == nil && n > 0 {
			_, _ = io.WriteString(conn, text)
		}
	})
}

func TestAnswers(t *testing.T) {
	const hint, ok = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nfine"
	for name, c := range map[string]struct{ text, want string }{
		"a hint before":  {hint + ok, ""},
		"hints for ever": {strings.Repeat(hint, 100), "the connection was closed before an answer came"},
		"no length":      {ok, ""},
		"sends nowhere":  {"HTTP/1.1 302 Found\r\nLocation: ://%\r\n\r\nfine", ""},
		"chunks":         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfine\r\n0\r\n\r\n", ""},
		"a chunk cut":    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nfine", "after 4 bytes: the connection was closed"},
		"an endless header": {
			"HTTP/1.1 200 OK\r\nA: " + strings.Repeat("a", maxHeader), "server response headers exceeded 65536 bytes",
		},
		"something else": {"SSH-2.0-\x9b31m\r\n\r\n", "malformed HTTP "},
		"a long line":    {strings.Repeat("\u202e", 3000) + "\r\n\r\n", "malformed HTTP "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := raw(t, c.text).Request(t.Context())
			holds(t, "request", err, c.want)
			if err == nil {
				return
			}
			odd := func(r rune) bool { return r == utf8.RuneError || !protocol.IsPrint(r) }
			if text := err.Error(); len(text) > maxText+100 || strings.ContainsFunc(text, odd) {
				t.Errorf("%q is not fit to print", text)
			}
		})
	}
}

// TestWhatAURLSays: its user and its query reach the target, its fragment does not.
func TestWhatAURLSays(t *testing.T) {
	seen := make(chan string, 1)
	p := toURL(t, func(http.ResponseWriter, int32) {})
	server := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		seen <- fmt.Sprint(user, " ", password, " ", r.URL)
	})}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }() // until it is closed
	defer server.Close()
	p.url = &url.URL{
		Scheme: "http", Host: l.Addr().String(), User: url.UserPassword("me", "pw"),
		Path: "/a b", RawQuery: "q=1", Fragment: "f",
	}
	if _, err := p.Request(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := <-seen, "me pw /a%20b?q=1"; got != want {
		t.Errorf("the target saw %q, want %q", got, want)
	}
}

// TestPorts: a URL without a port has its scheme's.
func TestPorts(t *testing.T) {
	for address, want := range map[string]string{
		"http://example.com":       "example.com:80",
		"https://example.com/":     "example.com:443",
		"http://[2001:db8::1]:8/x": "[2001:db8::1]:8",
	} {
		asked := make(chan string, 1)
		server := &socksServer{reply: 1, asked: func(_ byte, to string) { asked <- to }}
		p, err := ToURL(server.start(t), address)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Request(t.Context())
		holds(t, address, err, inboundSays)
		if got := <-asked; got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}

// TestClosedAtOnce: where a connection ends before its request is written, or while it is, the request
// fails in the same words, and as severed.
func TestClosedAtOnce(t *testing.T) {
	p := toServer(t, func(net.Conn) {})
	for range 200 {
		_, err := p.Request(t.Context())
		if partOf(err) != severed || !strings.HasPrefix(err.Error(), "the connection was ") || !strings.HasSuffix(err.Error(), " before an answer came") {
			t.Fatal(err)
		}
	}
}
