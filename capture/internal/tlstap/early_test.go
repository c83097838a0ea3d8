package tlstap

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
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

// TestEarlyDataOfAnyKeys: whichever keys are missing, and whether the server's answer to 0-RTT was seen or
// lost, no more is found than was sent, and what comes behind the handshake is found wherever its key is known.
func TestEarlyDataOfAnyKeys(t *testing.T) {
	labels := []keylog.Label{keylog.ClientEarly, keylog.ClientHandshake, keylog.ServerHandshake, keylog.ClientTraffic, keylog.ServerTraffic}
	for _, accepted := range []bool{true, false} {
		f := newForge(t, tlsrec.ChaCha20Poly1305SHA256)
		f.plain(toServer, tlsrec.Handshake, forgedClientHello(f.suite, extension(extEarlyData, nil))).change(toServer, keylog.ClientEarly)
		f.data(toServer, "early")
		answer, extensions := [][]byte(nil), plainExtensions
		if accepted {
			answer, extensions = [][]byte{extension(extPreSharedKey, []byte{0, 0})}, earlyExtensions
		}
		f.answer(answer...)
		flight := len(f.Chunks)
		f.serverFlight(extensions)
		if accepted {
			f.change(toServer, keylog.ClientEarly)
			f.sealers[toServer].SetSeq(1)
			f.sealed(toServer, tlsrec.Handshake, endOfEarlyDataMsg).change(toServer, keylog.ClientHandshake)
		}
		f.clientFinished().data(toServer, "late").close()
		sent := "late"
		if accepted {
			sent = "earlylate"
		}
		for missing := range 1 << len(labels) {
			var without []keylog.Label
			for i, l := range labels {
				if missing>>i&1 != 0 {
					without = append(without, l)
				}
			}
			for _, lost := range []bool{false, true} {
				var l listener
				o := NewObserver(f.without(without...), l.hear)
				for i, c := range f.Chunks {
					if lost && i == flight {
						o.Gap(c.Dir, int64(len(c.Data)))
						continue
					}
					o.Feed(c.Dir, bytes.Clone(c.Data))
				}
				o.End(toServer)
				o.End(toClient)
				o.GiveUp()
				// Without the answer, 0-RTT that opens is found whether the server took it or not.
				got, of := string(l.data[toServer]), fmt.Sprintf("accepted %v, without %v, answer lost %v", accepted, without, lost)
				if !isSubsequence(l.data[toServer], []byte(sent)) && (!lost || got != "early") {
					t.Errorf("%s: found %q", of, got)
				}
				if !slices.Contains(without, keylog.ClientTraffic) && !strings.HasSuffix(got, "late") {
					t.Errorf("%s: found %q, of what follows the handshake nothing: %q", of, got, l.lines)
				}
			}
		}
	}
}
