package tlstap

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/protocol"
)

// TestGapKinds has gaps in which something else than data is missing.
func TestGapKinds(t *testing.T) {
	const suite = tlsrec.ChaCha20Poly1305SHA256
	gap := func(dir protocol.Direction) func(*Observer, *forge) {
		return func(o *Observer, f *forge) {
			missing := 0
			for _, c := range f.Chunks {
				missing += len(c.Data)
			}
			o.Gap(dir, int64(missing))
			f.Chunks = nil
		}
	}
	for _, test := range []struct {
		name   string
		before func(f *forge)
		gap    func(f *forge)
		drop   func(*Observer, *forge)
		behind func(f *forge)
		want   string
		err    error
	}{
		{
			name:   "a key update",
			before: func(f *forge) { f.established().data(toServer, "a") },
			gap: func(f *forge) {
				f.data(toServer, "b").sealed(toServer, tlsrec.Handshake, keyUpdateMsg)
				f.must(f.sealers[toServer].Update())
				f.data(toServer, "c")
			},
			drop:   gap(toServer),
			behind: func(f *forge) { f.data(toServer, "d").close() },
			want: hello13 + "\nestablished\n> \"a\"\n" +
				"> lost 73 bytes, -1 records, -1 of plaintext: bytes are missing\n> \"d\"\n" + both,
		},
		{
			name:   "two key updates are not tried",
			before: func(f *forge) { f.established() },
			gap: func(f *forge) {
				for range 2 {
					f.sealed(toServer, tlsrec.Handshake, keyUpdateMsg)
					f.must(f.sealers[toServer].Update())
				}
			},
			drop:   gap(toServer),
			behind: func(f *forge) { f.data(toServer, "lost").data(toClient, "heard") },
			want:   hello13 + "\nestablished\n< \"heard\"\n> stopped: bytes are missing, and nothing opens behind them",
			err:    ErrGap,
		},
		{
			name:   "the server's flight",
			before: func(f *forge) { f.hellos() },
			gap:    func(f *forge) { f.serverFlight(plainExtensions) },
			drop:   gap(toClient),
			behind: func(f *forge) { f.clientFinished().data(toServer, "a").data(toClient, "b").close() },
			want: hello13 + "\nestablished incomplete\n> \"a\"\n" +
				"< lost 3036 bytes, -1 records, 0 of plaintext: bytes are missing\n< \"b\"\n" + both,
		},
		{
			name: "the answer to 0-RTT, which was no",
			before: func(f *forge) {
				f.plain(toServer, tlsrec.Handshake, forgedClientHello(f.suite, extension(extEarlyData, nil)))
				f.change(toServer, keylog.ClientEarly).data(toServer, "early").answer(extension(extPreSharedKey, []byte{0, 0}))
			},
			gap:    func(f *forge) { f.serverFlight(plainExtensions) },
			drop:   gap(toClient),
			behind: func(f *forge) { f.data(toClient, "b").clientFinished().data(toServer, "a").close() },
			want: hello13 + " resumed\n< lost 3036 bytes, -1 records, 0 of plaintext: bytes are missing\n" +
				"established early=? incomplete\n< \"b\"\n> early \"early\"\n> \"a\"\n" + both,
		},
		{
			name:   "the client's Finished",
			before: func(f *forge) { f.hellos().serverFlight(plainExtensions) },
			gap:    func(f *forge) { f.clientFinished() },
			drop:   gap(toServer),
			behind: func(f *forge) { f.data(toServer, "a").close() },
			want: hello13 + "\n> lost 26 bytes, -1 records, 0 of plaintext: bytes are missing\n" +
				"established\n> \"a\"\n" + both,
		},
		{
			name:   "the ServerHello",
			before: func(f *forge) { f.plain(toServer, tlsrec.Handshake, forgedClientHello(f.suite)) },
			gap:    func(f *forge) { f.answer() },
			drop:   gap(toClient),
			behind: func(f *forge) { f.serverFlight(plainExtensions) },
			want:   hello13 + "\n< lost 55 bytes, -1 records, 0 of plaintext: bytes are missing",
			err:    ErrGap,
		},
		{
			name:   "bytes, not known how many",
			before: func(f *forge) { f.established().data(toServer, "a") },
			gap: func(f *forge) {
				for range 2000 {
					f.data(toServer, "lost")
				}
			},
			drop: func(o *Observer, f *forge) {
				f.Chunks = nil
				o.Gap(toServer, -1)
			},
			behind: func(f *forge) { f.data(toServer, "b").close() },
			want: hello13 + "\nestablished\n> \"a\"\n" +
				"> lost -1 bytes, 2000 records, -1 of plaintext: bytes are missing\n> \"b\"\n" + both,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newForge(t, suite)
			var got listener
			o := NewObserver(f.lookup, got.hear)
			test.before(f)
			feed(o, f.Chunks)
			f.Chunks = nil
			test.gap(f)
			test.drop(o, f)
			test.behind(f)
			feed(o, f.Chunks)
			o.End(toServer)
			o.End(toClient)
			got.expect(t, test.want)
			if last := got.findings[len(got.findings)-1]; !errors.Is(last.Err, test.err) {
				t.Errorf("the last finding's error is %v, want %v", last.Err, test.err)
			}
		})
	}
}

// TestSearchIsBounded: bytes that look like headers of records end a search after a
// bounded effort, and none of them passes for data.
func TestSearchIsBounded(t *testing.T) {
	header := []byte{byte(tlsrec.ApplicationData), 3, 3, tlsrec.MaxPlaintext >> 8, 0}
	for name, noise := range map[string][]byte{
		"headers":       bytes.Repeat(header, 50_000),
		"no headers":    make([]byte, 250_000),
		"short records": bytes.Repeat(plainRecord(tlsrec.ApplicationData, make([]byte, 17)), 20_000),
	} {
		for _, missing := range []int64{-1, 1, 1 << 20, 1 << 50} {
			t.Run(fmt.Sprintf("%s/%d", name, missing), func(t *testing.T) {
				f := newForge(t, tlsrec.AES128GCMSHA256).established()
				var got listener
				o := NewObserver(f.lookup, got.hear)
				feed(o, f.Chunks)
				o.Gap(toServer, missing)
				search := o.client().search
				fed := len(f.Stream(toServer))
				for _, b := range every(1448)(noise) {
					o.Feed(toServer, bytes.Clone(b))
					fed += len(b)
					if len(got.lines) > 2 {
						break
					}
					if n := o.Buffered(); n > 2*tlsrec.MaxRecord+1448 {
						t.Fatalf("the observer holds %d bytes", n)
					}
				}
				if most := int64(firstTried + triedPerByte*fed); search.tried > most {
					t.Errorf("%d bytes were tried, want at most %d", search.tried, most)
				}
				if fed > len(f.Stream(toServer))+maxScanned+tlsrec.MaxRecord+1448 {
					t.Errorf("%d bytes were scanned, want at most %d and a record", fed, maxScanned)
				}
				if last := got.findings[len(got.findings)-1]; last.Kind != Stopped || !errors.Is(last.Err, ErrGap) {
					t.Errorf("heard %q, want Stopped with ErrGap", got.lines)
				}
			})
		}
	}
}

// TestOneGapIsBounded: the search behind one gap is bounded, however much the
// direction has carried.
func TestOneGapIsBounded(t *testing.T) {
	f := newForge(t, tlsrec.AES128GCMSHA256).established()
	var got listener
	o := NewObserver(f.lookup, got.hear)
	for range maxTried / triedPerByte / tlsrec.MaxPlaintext {
		f.data(toServer, string(make([]byte, tlsrec.MaxPlaintext)))
	}
	feed(o, f.Chunks)
	o.Gap(toServer, 1<<40)
	search := o.client().search
	o.Feed(toServer, plainRecord(tlsrec.ApplicationData, make([]byte, tlsrec.MaxPlaintext)))
	if search.tried > maxTried || search.tried < maxTried-2*tlsrec.MaxPlaintext {
		t.Errorf("%d bytes were tried, want nearly %d", search.tried, maxTried)
	}
	if last := got.findings[len(got.findings)-1]; last.Kind != Stopped || !errors.Is(last.Err, ErrGap) {
		t.Errorf("heard %q, want Stopped with ErrGap", render(&last))
	}
}

// TestGapsAreBoundedTogether: a capture of gaps only, each of which takes as many
// trials as one may, takes no longer than its size allows. Whoever knows the keys
// can make such a capture.
func TestGapsAreBoundedTogether(t *testing.T) {
	f := newForge(t, tlsrec.AES128GCMSHA256).established()
	var got listener
	o := NewObserver(f.lookup, got.hear)
	feed(o, f.Chunks)
	s := o.client()
	gaps := 0
	for ; s.open() && gaps < 1000; gaps++ {
		f.Chunks = nil
		f.sealers[toServer].SetSeq(f.sealers[toServer].Seq() + 100_000)
		f.data(toServer, "")
		o.Gap(toServer, 100_000*int64(f.sealers[toServer].Overhead()))
		feed(o, f.Chunks)
	}
	if gaps > 2 || s.tried > firstTried+triedPerByte*s.fed {
		t.Errorf("%d gaps, %d bytes tried for %d fed", gaps, s.tried, s.fed)
	}
	if last := got.findings[len(got.findings)-1]; last.Kind != Stopped || !errors.Is(last.Err, ErrGap) {
		t.Errorf("heard %q, want Stopped with ErrGap", got.lines)
	}
}

// TestGapWhileWaiting has a gap behind records that wait for their key.
func TestGapWhileWaiting(t *testing.T) {
	f := newForge(t, tlsrec.AES256GCMSHA384).established()
	known := false
	var got listener
	o := NewObserver(func(r keylog.Random) (keylog.Secrets, bool) {
		if !known {
			return keylog.Secrets{}, false
		}
		return f.lookup(r)
	}, got.hear)
	f.data(toServer, "a")
	feed(o, f.Chunks)
	f.Chunks = nil
	f.data(toServer, "b")
	o.Gap(toServer, int64(len(f.Chunks[0].Data)))
	f.Chunks = nil
	f.data(toServer, "c").data(toClient, "d")
	feed(o, f.Chunks)
	known = true
	o.Retry()
	// The client has finished first, and so nothing that waited was lost.
	got.expect(t, `hello TLS 1.3 TLS_AES_256_GCM_SHA384
		established
		> "a"
		> lost 23 bytes, 1 records, 1 of plaintext: bytes are missing
		> "c"
		< "d"`)
}

// TestRecordsAreTriedOnce: behind a gap something looks like the header of a long record, and so
// what follows stays in sight until that is whole. In whichever pieces it comes, each record
// is tried once, and the one that opens is found.
func TestRecordsAreTriedOnce(t *testing.T) {
	const most = 1 << 14
	tried := make(map[int]int64)
	for _, piece := range []int{most, 100, 7, 1} {
		f := newForge(t, tlsrec.AES128GCMSHA256).established()
		var got listener
		o := NewObserver(f.lookup, got.hear)
		feed(o, f.Chunks)
		o.Gap(toServer, 1000)
		f.Chunks = nil
		f.raw(toServer, []byte{byte(tlsrec.ApplicationData), 3, 3, most >> 8, 0})
		for range 30 {
			f.plain(toServer, tlsrec.ApplicationData, make([]byte, 32))
		}
		f.sealers[toServer].SetSeq(20)
		f.data(toServer, "found")
		for _, b := range every(piece)(f.Stream(toServer)) {
			o.Feed(toServer, b)
		}
		tried[piece] = o.client().tried
		got.expect(t, `hello TLS 1.3 TLS_AES_128_GCM_SHA256
			established
			> lost 2115 bytes, 20 records, 1675 of plaintext: bytes are missing
			> "found"`)
		if tried[piece] != tried[most] {
			t.Errorf("pieces of %d bytes: %d bytes were tried, want %d", piece, tried[piece], tried[most])
		}
	}
}

// TestEffortIsOfThePlace: how much is tried for what looks like a record is a matter of its place, not of
// what has come behind it by then. So it makes no difference in which pieces all comes.
func TestEffortIsOfThePlace(t *testing.T) {
	for _, piece := range []int{1 << 16, 100, 1} {
		f := newForge(t, tlsrec.AES128GCMSHA256).established()
		var got listener
		o := NewObserver(f.lookup, got.hear)
		feed(o, f.Chunks)
		o.Gap(toServer, 21_000)
		f.Chunks = nil
		for range 5 { // each takes a quarter of what is tried at first
			f.plain(toServer, tlsrec.ApplicationData, make([]byte, 32))
		}
		f.sealers[toServer].SetSeq(2)
		f.data(toServer, string(make([]byte, 16_000)))
		for _, b := range every(piece)(f.Stream(toServer)) {
			o.Feed(toServer, b)
		}
		got.expect(t, `hello TLS 1.3 TLS_AES_128_GCM_SHA256
			established
			> stopped: bytes are missing, and nothing opens behind them`)
	}
}
