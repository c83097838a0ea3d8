package tlstap

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/protocol"
)

const (
	hello13 = "hello TLS 1.3 TLS_CHACHA20_POLY1305_SHA256"
	hello12 = "hello TLS 1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
	both    = "> close_notify, closing first\n< close_notify, closing"
)

// TestForged has connections that TLS allows or forbids, and that real
// implementations seldom make.
func TestForged(t *testing.T) {
	for _, test := range []struct {
		name  string
		suite tlsrec.Suite
		send  func(f *forge)
		want  string
		err   error // of the last finding
	}{
		{
			name: "fragments and coalesced messages",
			send: func(f *forge) {
				for _, b := range forgedClientHello(f.suite, sniExtension("a.example")) {
					f.plain(toServer, tlsrec.Handshake, []byte{b})
				}
				f.answer()
				for _, b := range slices.Concat(plainExtensions, finishedMsg) {
					f.sealed(toClient, tlsrec.Handshake, []byte{b})
				}
				f.change(toClient, keylog.ServerTraffic).clientFinished()
				f.sealed(toClient, tlsrec.Handshake, append(slices.Clone(ticketMsg), ticketMsg[:7]...))
				f.sealed(toClient, tlsrec.Handshake, ticketMsg[7:])
				f.data(toServer, "a").data(toClient, "b").close()
			},
			want: hello13 + " sni=a.example\nestablished\n> \"a\"\n< \"b\"\n" + both,
		},
		{
			name: "empty, padded and full records",
			send: func(f *forge) {
				f.established().data(toServer, "").data(toClient, "")
				padded, err := f.sealers[toServer].SealPadded(nil, tlsrec.ApplicationData, []byte("x"), tlsrec.MaxPlaintext-1)
				f.must(err)
				f.raw(toServer, padded).data(toServer, strings.Repeat("y", tlsrec.MaxPlaintext)).close()
			},
			want: hello13 + "\nestablished\n> \"\"\n< \"\"\n> \"x\"\n> 16384 bytes, crc bc896715\n" + both,
		},
		{
			name: "key updates",
			send: func(f *forge) {
				f.established()
				for range 3 {
					for _, dir := range []protocol.Direction{toServer, toClient, toClient} {
						f.data(dir, "before").sealed(dir, tlsrec.Handshake, keyUpdateMsg)
						f.must(f.sealers[dir].Update())
						f.data(dir, "behind")
					}
				}
				f.close()
			},
			want: hello13 + "\nestablished\n" + strings.Repeat("> \"before\"\n> \"behind\"\n"+strings.Repeat("< \"before\"\n< \"behind\"\n", 2), 3) + both,
		},
		{
			name: "data behind a key update in one record",
			send: func(f *forge) {
				f.established().sealed(toServer, tlsrec.Handshake, append(slices.Clone(keyUpdateMsg), ticketMsg...)).data(toClient, "a")
			},
			want: hello13 + "\nestablished\n> stopped: unexpected TLS message: 204 bytes behind a change of keys\n< \"a\"",
		},
		{
			name: "a malformed key update",
			send: func(f *forge) {
				f.established().sealed(toServer, tlsrec.Handshake, handshakeMsg(msgKeyUpdate, []byte{2}))
			},
			want: hello13 + "\nestablished\n> stopped: unexpected TLS message: a malformed KeyUpdate",
			err:  tlsrec.ErrUnexpected,
		},
		{
			name: "changes of cipher spec, for middleboxes",
			send: func(f *forge) {
				change := func(dir protocol.Direction) { f.plain(dir, tlsrec.ChangeCipherSpec, []byte{1}) }
				f.hellos()
				change(toClient)
				f.serverFlight(plainExtensions)
				change(toServer)
				f.clientFinished().data(toServer, "a")
				change(toServer)
				f.data(toServer, "b")
			},
			want: hello13 + "\nestablished\n> \"a\"\n> \"b\"",
		},
		{
			name: "a warning, and a fatal alert in place of a close",
			send: func(f *forge) {
				f.established().sealed(toServer, tlsrec.AlertRecord, []byte{1, 90 /* user_canceled */}).data(toServer, "a")
				f.sealed(toServer, tlsrec.AlertRecord, []byte{2, 80}).data(toServer, "ignored").data(toClient, "b")
			},
			want: hello13 + "\nestablished\n> user_canceled\n> \"a\"\n> internal_error, closing first\n< \"b\"",
		},
		{
			name: "an unprotected alert in the handshake",
			send: func(f *forge) { f.hellos().plain(toServer, tlsrec.AlertRecord, []byte{2, 50}) },
			want: hello13 + "\n> decode_error, plain, closing first",
		},
		{
			name: "an unprotected alert behind the handshake",
			send: func(f *forge) { f.established().plain(toServer, tlsrec.AlertRecord, []byte{2, 50}) },
			want: hello13 + "\nestablished\n> stopped: unexpected TLS message: a protected record of 7 bytes",
			err:  tlsrec.ErrUnexpected,
		},
		{
			name: "an alert of three bytes",
			send: func(f *forge) { f.established().sealed(toServer, tlsrec.AlertRecord, []byte{2, 50, 0}) },
			want: hello13 + "\nestablished\n> stopped: unexpected TLS message: an alert of 3 bytes",
			err:  tlsrec.ErrUnexpected,
		},
		{
			name: "an unprotected record behind the handshake",
			send: func(f *forge) { f.established().plain(toServer, tlsrec.Handshake, ticketMsg) },
			want: hello13 + "\nestablished\n> stopped: unexpected TLS message: an unprotected record of type 22",
			err:  tlsrec.ErrUnexpected,
		},
		{
			name: "data before Finished",
			send: func(f *forge) { f.hellos().data(toClient, "secret") },
			want: hello13 + "\n< stopped: unexpected TLS message: application data before Finished",
			err:  tlsrec.ErrUnexpected,
		},
		{
			name: "a record of zeros, without a type",
			send: func(f *forge) { f.established().sealed(toServer, 0, make([]byte, 9)) },
			want: hello13 + "\nestablished\n> stopped: unexpected TLS message: a record without a content type",
			err:  tlsrec.ErrUnexpected,
		},
		{
			name: "a type that is none", suite: tlsrec.ChaCha20Poly1305SHA256,
			send: func(f *forge) { f.established().sealed(toServer, 99, nil) },
			want: hello13 + "\nestablished\n> stopped: unexpected TLS message: a protected record of type 99",
			err:  tlsrec.ErrUnexpected,
		},
		{
			name: "TLS 1.2", suite: tlsrec.ECDHERSAWithAES128GCM,
			send: func(f *forge) {
				f.established12().data(toServer, "a").data(toClient, "")
				f.sealed(toServer, tlsrec.AlertRecord, []byte{1, 100}).data(toServer, "b").close()
			},
			want: hello12 + "\nestablished\n> \"a\"\n< \"\"\n> no_renegotiation\n> \"b\"\n" + both,
		},
		{
			name: "TLS 1.2, renegotiation", suite: tlsrec.ECDHERSAWithAES128GCM,
			send: func(f *forge) {
				f.established12().sealed(toClient, tlsrec.Handshake, handshakeMsg(msgHelloRequest, nil)).data(toClient, "still")
				f.sealed(toServer, tlsrec.Handshake, forgedClientHello(f.suite))
			},
			want: hello12 + "\nestablished\n< \"still\"\n> stopped: renegotiation is unsupported",
			err:  ErrRenegotiation,
		},
		{
			name: "TLS 1.2, no Finished", suite: tlsrec.ECDHERSAWithAES128GCM,
			send: func(f *forge) {
				f.established12()
				f.Chunks = f.Chunks[:len(f.Chunks)-1] // the server's
				f.sealers[toClient].SetSeq(0)
				f.data(toClient, "secret")
			},
			want: hello12 + "\n< stopped: unexpected TLS message: application data before Finished",
			err:  tlsrec.ErrUnexpected,
		},
		{
			name: "a suite of another version",
			send: func(f *forge) {
				f.plain(toServer, tlsrec.Handshake, forgedClientHello(f.suite))
				f.plain(toClient, tlsrec.Handshake, forgedServerHello(tlsrec.VersionTLS12, f.suite))
			},
			want: "hello TLS 1.2 TLS_CHACHA20_POLY1305_SHA256\n" +
				"< stopped: unsupported cipher suite: TLS_CHACHA20_POLY1305_SHA256\n" +
				"> stopped: unsupported cipher suite: TLS_CHACHA20_POLY1305_SHA256",
			err: tlsrec.ErrSuite,
		},
		{
			name: "compression", suite: tlsrec.ECDHERSAWithAES128GCM,
			send: func(f *forge) {
				f.plain(toServer, tlsrec.Handshake, forgedClientHello(f.suite))
				hello := forgedServerHello(tlsrec.VersionTLS12, f.suite)
				hello[4+2+32+1+2] = 1 // behind version, random, session ID and suite
				f.plain(toClient, tlsrec.Handshake, hello)
			},
			want: hello12 + "\n" +
				"< stopped: unsupported cipher suite: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 with compression\n" +
				"> stopped: unsupported cipher suite: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 with compression",
			err: tlsrec.ErrSuite,
		},
		{
			name: "SSL 3.0",
			send: func(f *forge) {
				f.plain(toServer, tlsrec.Handshake, forgedClientHello(f.suite))
				f.plain(toClient, tlsrec.Handshake, forgedServerHello(0x0300, 0x0a))
			},
			want: "hello SSLv3 TLS_RSA_WITH_3DES_EDE_CBC_SHA\n< stopped: unsupported TLS version: SSLv3\n> stopped: unsupported TLS version: SSLv3",
			err:  ErrVersion,
		},
		{
			name: "a name of another type before the host's",
			send: func(f *forge) { f.hellos(extension(extServerName, []byte("\x00\x08\x01\x00\x01x\x00\x00\x01y"))) },
			want: hello13 + " sni=y",
		},
		{
			name: "two HelloRetryRequests",
			send: func(f *forge) {
				retry := forgedServerHello(tlsrec.VersionTLS12, f.suite, extension(extSupportedVersions, []byte{3, 4}))
				copy(retry[6:], retryRandom[:])
				for range 2 {
					f.plain(toServer, tlsrec.Handshake, forgedClientHello(f.suite)).plain(toClient, tlsrec.Handshake, retry)
				}
			},
			want: "< stopped: unexpected TLS message: a second HelloRetryRequest\n> stopped: unexpected TLS message: a second HelloRetryRequest",
			err:  tlsrec.ErrUnexpected,
		},
		{
			name: "a malformed ServerHello",
			send: func(f *forge) {
				f.plain(toServer, tlsrec.Handshake, forgedClientHello(f.suite)).plain(toClient, tlsrec.Handshake, handshakeMsg(msgServerHello, []byte{3, 3}))
			},
			want: "< stopped: unexpected TLS message: a malformed ServerHello\n> stopped: unexpected TLS message: a malformed ServerHello",
			err:  tlsrec.ErrUnexpected,
		},
		{
			name: "malformed EncryptedExtensions",
			send: func(f *forge) {
				f.hellos().sealed(toClient, tlsrec.Handshake, handshakeMsg(msgEncryptedExtensions, []byte{0, 9}))
			},
			want: hello13 + "\n< stopped: unexpected TLS message: a malformed EncryptedExtensions",
			err:  tlsrec.ErrUnexpected,
		},
		{
			name: "a second ClientHello in TLS 1.2", suite: tlsrec.ECDHERSAWithAES128GCM,
			send: func(f *forge) {
				f.plain(toServer, tlsrec.Handshake, forgedClientHello(f.suite)).plain(toClient, tlsrec.Handshake, forgedServerHello(tlsrec.VersionTLS12, f.suite))
				f.plain(toServer, tlsrec.Handshake, forgedClientHello(f.suite))
			},
			want: hello12 + "\n> stopped: unexpected TLS message: handshake message 1",
			err:  tlsrec.ErrUnexpected,
		},
		{
			name: "a name that is not printable",
			send: func(f *forge) { f.hellos(sniExtension("a\x1b[2J\nb")) },
			want: hello13 + ` sni=a\x1b[2J\nb`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.suite == 0 {
				test.suite = tlsrec.ChaCha20Poly1305SHA256
			}
			f := newForge(t, test.suite)
			test.send(f)
			got := play(t, f.Tape, f.lookup, whole)
			got.expect(t, test.want)
			if last := got.findings[len(got.findings)-1]; !errors.Is(last.Err, test.err) {
				t.Errorf("the last finding's error is %v, want %v", last.Err, test.err)
			}
			got.same(t, play(t, f.Tape, f.lookup, every(1)))
		})
	}
}
