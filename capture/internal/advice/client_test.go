package advice

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"anytls-inspect/protocol"
)

// TestClientError: what a client said first, and how it went, decide what to do.
func TestClientError(t *testing.T) {
	local := func(a tls.AlertError) error { return &net.OpError{Op: "local error", Err: a} }
	hash := sha256.Sum256([]byte("secret"))
	preamble := append(hash[:], append([]byte{0, 30}, make([]byte, 30)...)...)
	header := tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}
	hello := "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x00", 200)
	const trusts, rejects = "does not trust the relay's certificate", "the client rejected our certificate, or its keys differ: let it trust"
	for _, tt := range []struct {
		name string
		err  ClientError
		want string // a part of the advice; "": there is none
	}{
		{"PROXY", ClientError{Err: header, First: []byte("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n")}, "a PROXY protocol header stands before TLS"},
		{"PROXY, version 2", ClientError{Err: header, First: []byte("\r\n\r\n\x00\r\nQUIT\n\x21\x11")}, "switch it off for the relay"},
		{"CONNECT", ClientError{Err: header, First: []byte("CONNECT example.com:443 HTTP/1.1\r\n")}, "takes the relay for an HTTP proxy"},
		{"HTTP", ClientError{Err: header, First: []byte("GET / HTTP/1.1\r\n")}, "that is HTTP"},
		{"HTTP/2", ClientError{Err: header, First: []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")}, "that is HTTP/2 without TLS"},
		{"SOCKS5", ClientError{Err: io.ErrUnexpectedEOF, First: []byte{5, 1, 0}}, "that is SOCKS"},
		{"SOCKS4", ClientError{Err: header, First: []byte{4, 1, 0, 80, 192, 0, 2, 1}}, "that is SOCKS"},
		{"SSLv2", ClientError{Err: header, First: []byte{0x80, 0x2e, 1, 0, 2, 0}}, "the relay speaks TLS 1.2 and 1.3"},
		{"AnyTLS in the clear", ClientError{Err: header, First: preamble}, "switch TLS on in the client"},
		{"AnyTLS and its Settings", ClientError{Err: header, First: append(preamble[:len(preamble):len(preamble)], 4, 0, 0, 0, 0, 0, 1)}, "AnyTLS without TLS"},
		{"something else", ClientError{Err: header, First: []byte("\xff\xfe\xfd\xfc\xfb\xfa")}, "the client does not speak TLS here"},
		{"a ClientHello that stops", ClientError{Err: io.ErrUnexpectedEOF, First: []byte(hello)}, "before its ClientHello was whole"},
		{"a client that saw the certificate and left", ClientError{Err: io.EOF, First: []byte(hello), Greeted: true}, "may not trust the relay's certificate"},
		{"an unreadable answer", ClientError{Err: local(badRecordMAC), First: []byte(hello), Greeted: true}, rejects},
		{"an answer of another kind", ClientError{Err: local(unexpectedMessage), First: []byte(hello), Greeted: true}, rejects},
		{"a strange ClientHello", ClientError{Err: local(unexpectedMessage), First: []byte(hello)}, ""},
		{"an expired certificate", ClientError{Err: Alert(certificateExpired), First: []byte(hello), Greeted: true}, trusts},
		{"a signature that is wrong", ClientError{Err: Alert(decryptError), First: []byte(hello), Greeted: true}, "keys differ"},
		{"nothing in common", ClientError{Err: Alert(protocolVersion), First: []byte(hello), Greeted: true}, "no TLS version or cipher suite in common"},
		{"no group in common", ClientError{Err: errors.New("tls: no key exchanges supported by both client and server"), First: []byte(hello)}, "no group for the key exchange"},
		{"no signature in common", ClientError{Err: errors.New("tls: peer doesn't support any of the certificate's signature algorithms"), First: []byte(hello)}, "--cert and --key"},
		{"another ALPN", ClientError{Err: Alert(noApplicationProtocol), First: []byte(hello), Greeted: true}, "ALPN"},
		{"another alert", ClientError{Err: Alert(internalError), First: []byte(hello), Greeted: true}, "see its log"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := For(protocol.Client, fmt.Errorf("wrapped: %w", &tt.err))
			if (got != "") != (tt.want != "") || !strings.Contains(got, tt.want) {
				t.Errorf("the advice is %q, want %q", got, tt.want)
			}
			if strings.Contains(got, string(hash[:4])) || protocol.Printable(got) != got {
				t.Errorf("the advice is not printable: %q", got)
			}
		})
	}
}

// TestServerSpeaks: what a server said in place of TLS is named, by its first line.
func TestServerSpeaks(t *testing.T) {
	header := tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake", RecordHeader: [5]byte([]byte("HTTP/"))}
	const proxy = "a PROXY protocol header"
	for _, tt := range []struct {
		name      string
		err       ServerError
		want, not string // the advice contains them, or not
	}{
		{"HTTP", ServerError{Err: header, First: []byte("HTTP/1.1 400 Bad Request\r\nServer: x\r\n")}, `plain HTTP there and not TLS ("HTTP/1.1 400 Bad Request"): check its port`, "Server:"},
		{"HTTP in another encoding", ServerError{Err: header, First: []byte("HTTP/1.1 403 \xbd\xfb\x1b\r\n")}, `plain HTTP there and not TLS ("HTTP/1.1 403 \xbd\xfb\x1b"): check its port`, proxy},
		{"HTTP, of which the header is known", ServerError{Err: header}, "plain HTTP", proxy},
		{"SSH", ServerError{Err: header, First: []byte("SSH-2.0-OpenSSH_9.6\r\n")}, "speaks SSH", proxy},
		{"mail", ServerError{Err: header, First: []byte("220 mail.example ESMTP\r\n")}, `another protocol there and not TLS ("220 mail.example ESMTP")`, proxy},
		{"bytes", ServerError{Err: tls.RecordHeaderError{}, First: []byte{5, 0xff, 1, 2, 3, 4}}, "that port does not speak TLS", "\xff"},
		{"escapes", ServerError{Err: tls.RecordHeaderError{}, First: []byte("HTTP/1.1 \x1b[31m\r\n")}, `plain HTTP there and not TLS ("HTTP/1.1 \x1b[31m")`, "\x1b"},
		{"a server that said nothing", ServerError{Err: io.EOF, First: []byte{}}, proxy, "check"},
		{"a server of which nothing is known", ServerError{Err: io.EOF}, "closed the connection", proxy},
		{"a server that had answered", ServerError{Err: io.EOF, First: []byte("\x16\x03\x03")}, "closed the connection", proxy},
		{"an old server", ServerError{Err: errors.New("tls: server selected unsupported protocol version 302")}, "neither of TLS 1.2 and 1.3", proxy},
		{"records that can't be decrypted", ServerError{Err: &net.OpError{Op: "local error", Err: badRecordMAC}}, "a box between", proxy},
		{"no such host", ServerError{Err: &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}}, "there is no host by that name", "running"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := For(protocol.Server, &tt.err)
			if !strings.Contains(got, tt.want) || tt.not != "" && strings.Contains(got, tt.not) {
				t.Errorf("the advice is %q, want %q, without %q", got, tt.want, tt.not)
			}
		})
	}
}

// TestForOpen: advice for TLS that had stood is not about trust, and there is none for a
// connection that was lost.
func TestForOpen(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"an alert", Alert(internalError), "the server gave up TLS by itself"},
		{"an alert about what was sent", Alert(badRecordMAC), "the server could not decrypt what the relay sent"},
		{"what can't be decrypted", &net.OpError{Op: "local error", Err: badRecordMAC}, "what came from the server"},
		{"what is no record", tls.RecordHeaderError{}, "what came from the server"},
		{"a connection that was lost", &net.OpError{Op: "read", Err: io.ErrUnexpectedEOF}, ""},
	} {
		got := ForOpen(protocol.Server, tt.err)
		if (got != "") != (tt.want != "") || !strings.Contains(got, tt.want) || OfTLS(tt.err) != (tt.want != "") {
			t.Errorf("%s: the advice is %q, want %q", tt.name, got, tt.want)
		}
	}
}
