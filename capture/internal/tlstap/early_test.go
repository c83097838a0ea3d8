package tlstap

import (
	"testing"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
)

// TestEarlyData: what becomes of 0-RTT that is accepted, rejected, refused by a
// HelloRetryRequest, or without a key.
func TestEarlyData(t *testing.T) {
	offer := extension(extEarlyData, nil)
	psk := extension(extPreSharedKey, []byte{0, 0})
	// begin sends a client's flight, and the server's hello.
	begin := func(f *forge, answer ...[]byte) {
		f.plain(toServer, tlsrec.Handshake, forgedClientHello(f.suite, offer)).change(toServer, keylog.ClientEarly)
		f.data(toServer, "early").data(toServer, "bird")
		f.answer(answer...)
	}
	end := func(f *forge, accepted bool) {
		if accepted {
			f.change(toServer, keylog.ClientEarly)
			f.sealers[toServer].SetSeq(2)
			f.sealed(toServer, tlsrec.Handshake, endOfEarlyDataMsg).change(toServer, keylog.ClientHandshake)
		}
		f.clientFinished().data(toServer, "late").close()
	}
	junk := func(f *forge) {
		for range 20 {
			f.raw(toServer, plainRecord(tlsrec.ApplicationData, make([]byte, tlsrec.MaxPlaintext)))
		}
	}
	// Two records of 0-RTT and EndOfEarlyData, of 5, 4 and 4 bytes.
	const unreadable = "> lost 79 bytes, 3 records, 13 of plaintext: no key for this session: of 0-RTT\n"
	for _, test := range []struct {
		name   string
		send   func(f *forge)
		lookup func(f *forge) Lookup
		want   string
		unread int64
	}{
		{
			name: "accepted",
			send: func(f *forge) { begin(f, psk); f.serverFlight(earlyExtensions); end(f, true) },
			want: hello13 + " resumed\nestablished early=accepted\n> early \"early\"\n> early \"bird\"\n> \"late\"\n" + both,
		},
		{
			name:   "accepted, key unknown",
			send:   func(f *forge) { begin(f, psk); f.serverFlight(earlyExtensions); end(f, true) },
			lookup: func(f *forge) Lookup { return f.without(keylog.ClientEarly) },
			want:   hello13 + " resumed\n" + unreadable + "established early=accepted\n> \"late\"\n" + both,
			unread: 79,
		},
		{
			name:   "rejected",
			send:   func(f *forge) { begin(f); f.serverFlight(plainExtensions); end(f, false) },
			want:   hello13 + "\nestablished early=rejected\n> \"late\"\n" + both,
			unread: 53,
		},
		{
			name:   "resumed, but rejected",
			send:   func(f *forge) { begin(f, psk); f.serverFlight(plainExtensions); end(f, false) },
			want:   hello13 + " resumed\nestablished early=rejected\n> \"late\"\n" + both,
			unread: 53,
		},
		{
			name:   "rejected, key unknown",
			send:   func(f *forge) { begin(f); f.serverFlight(plainExtensions); end(f, false) },
			lookup: func(f *forge) Lookup { return f.without(keylog.ClientEarly) },
			want:   hello13 + "\nestablished early=rejected\n> \"late\"\n" + both,
			unread: 53,
		},
		{
			name:   "rejected, and nothing behind it opens",
			send:   func(f *forge) { begin(f); f.serverFlight(plainExtensions); junk(f) },
			want:   hello13 + "\n> stopped: record does not open: nor do the 245888 bytes before it",
			unread: 53 + 20*(tlsrec.HeaderLen+tlsrec.MaxPlaintext),
		},
		{
			name:   "rejected, and nothing behind it",
			send:   func(f *forge) { begin(f); f.serverFlight(plainExtensions) },
			want:   hello13 + "\n> stopped: record does not open: nothing behind 0-RTT",
			unread: 53,
		},
		{
			name: "accepted, with another handshake message in it",
			send: func(f *forge) {
				begin(f, psk)
				f.serverFlight(earlyExtensions)
				f.change(toServer, keylog.ClientEarly)
				f.sealers[toServer].SetSeq(2)
				f.sealed(toServer, tlsrec.Handshake, finishedMsg)
			},
			want: hello13 + " resumed\nestablished early=accepted\n> early \"early\"\n> early \"bird\"\n" +
				"> stopped: unexpected TLS message: handshake message 20 in 0-RTT",
			unread: 26,
		},
		{
			name: "refused by HelloRetryRequest",
			send: func(f *forge) {
				f.plain(toServer, tlsrec.Handshake, forgedClientHello(f.suite, offer)).change(toServer, keylog.ClientEarly)
				f.data(toServer, "early")
				retry := forgedServerHello(tlsrec.VersionTLS12, f.suite, extension(extSupportedVersions, []byte{3, 4}))
				copy(retry[6:], retryRandom[:])
				f.plain(toClient, tlsrec.Handshake, retry).data(toServer, "bird")
				f.hellos().serverFlight(plainExtensions)
				end(f, false)
			},
			want:   hello13 + " retried\nestablished early=rejected\n> \"late\"\n" + both,
			unread: 53,
		},
		{
			name: "answered by TLS 1.2",
			send: func(f *forge) {
				f.plain(toServer, tlsrec.Handshake, forgedClientHello(f.suite, offer)).change(toServer, keylog.ClientEarly)
				f.data(toServer, "early")
				f.plain(toClient, tlsrec.Handshake, forgedServerHello(tlsrec.VersionTLS12, tlsrec.ECDHERSAWithAES128GCM))
			},
			want:   hello12 + "\n> stopped: unexpected TLS message: an unprotected record of type 23",
			unread: 27,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newForge(t, tlsrec.ChaCha20Poly1305SHA256)
			test.send(f)
			lookup := Lookup(f.lookup)
			if test.lookup != nil {
				lookup = test.lookup(f)
			}
			got := play(t, f.Tape, lookup, whole)
			got.expect(t, test.want)
			got.same(t, play(t, f.Tape, lookup, every(1)))

			o := NewObserver(lookup, func(*Finding) {})
			for _, c := range f.Chunks {
				o.Feed(c.Dir, c.Data)
			}
			if n := o.Unread(toServer); n != test.unread {
				t.Errorf("Unread = %d, want %d", n, test.unread)
			}
		})
	}
}
