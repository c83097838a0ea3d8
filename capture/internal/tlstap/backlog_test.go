package tlstap

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/internal/tlstest"
	"anytls-inspect/protocol"
)

// feed feeds copies of chunks: an observer overwrites what it is fed.
func feed(o *Observer, chunks []tlstest.Chunk) {
	for _, c := range chunks {
		o.Feed(c.Dir, bytes.Clone(c.Data))
	}
}

// TestLateKeys adds the key log after k chunks of the connection, for each k: the
// findings are those of an observer that had it before.
func TestLateKeys(t *testing.T) {
	client, server := tlstest.Configs13()
	client12, server12 := tlstest.Configs12(tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)
	for name, tp := range map[string]tlstest.Tape{
		"1.3":          tlstest.Converse(t, client, server, talk()),
		"1.2":          tlstest.Converse(t, client12, server12, talk()),
		"0-RTT":        readTape(t, "openssl-early"),
		"rejected":     readTape(t, "openssl-early-rejected"),
		"key updates":  readTape(t, "openssl-keyupdate"),
		"retry":        readTape(t, "rfc8448-5-retry"),
		"small pieces": pieces(readTape(t, "openssl-padding"), 50),
	} {
		t.Run(name, func(t *testing.T) {
			want := play(t, tp, tp.Store(t).Lookup, whole)
			for k := range len(tp.Chunks) + 1 {
				store := keylog.NewStore(0)
				var got listener
				o := NewObserver(store.Lookup, got.hear)
				feed(o, tp.Chunks[:k])
				tlstest.Learn(t, store, tp.Keys)
				if o.Retry(); o.client().wait == waitKey || o.server().wait == waitKey {
					t.Fatal("the observer waits for a key that is known")
				}
				feed(o, tp.Chunks[k:])
				got.same(t, want)
			}
		})
	}
}

// TestKeysOneByOne adds the secrets at arbitrary times: what each direction carried
// is found in its order all the same.
func TestKeysOneByOne(t *testing.T) {
	for _, name := range []string{"openssl-early", "openssl-keyupdate", "rfc8448-5-retry"} {
		tp := readTape(t, name)
		want := play(t, tp, tp.Store(t).Lookup, whole)
		lines := slices.Collect(strings.Lines(tp.Keys))
		for seed := range uint64(200) {
			rng := rand.New(rand.NewPCG(seed, 0))
			store := keylog.NewStore(0)
			var got listener
			o := NewObserver(store.Lookup, got.hear)
			rest := lines
			for _, c := range pieces(tp, 40).Chunks {
				for len(rest) > 0 && rng.IntN(10) == 0 {
					tlstest.Learn(t, store, rest[0])
					rest = rest[1:]
				}
				o.Feed(c.Dir, bytes.Clone(c.Data))
			}
			tlstest.Learn(t, store, strings.Join(rest, ""))
			o.Retry()
			for dir := range got.data {
				if !bytes.Equal(got.data[dir], want.data[dir]) {
					t.Errorf("%s, seed %d: the %v's data is %q, want %q", name, seed, protocol.Direction(dir), got.data[dir], want.data[dir])
				}
			}
		}
	}
}

// TestNoKey: an observer that is told that no key will come finds NoKey once, finds
// no data, and holds nothing.
func TestNoKey(t *testing.T) {
	tp := readTape(t, "openssl-aes256")
	for _, early := range []bool{false, true} {
		var got listener
		o := NewObserver(keylog.NewStore(0).Lookup, got.hear)
		if early {
			o.GiveUp()
		}
		feed(o, tp.Chunks)
		o.End(toServer)
		o.End(toClient)
		if !early {
			if !o.Waiting() {
				t.Error("the observer does not wait for its key")
			}
			got.expect(t, "hello TLS 1.3 TLS_AES_256_GCM_SHA384 sni=example.org")
			o.GiveUp()
		}
		slices.Sort(got.lines[1:])
		got.expect(t, `hello TLS 1.3 TLS_AES_256_GCM_SHA384 sni=example.org
			< stopped: no key for this session
			> stopped: no key for this session
			no key`)
		if o.Waiting() || o.Buffered() > 0 {
			t.Errorf("the observer holds %d bytes, waiting %v", o.Buffered(), o.Waiting())
		}
		for _, dir := range []protocol.Direction{toServer, toClient} {
			hello := tlsrec.RecordLen(tp.Stream(dir))
			sealed := len(tp.Stream(dir)) - hello - tlsrec.HeaderLen - 1 // and a ChangeCipherSpec
			if got := o.Unread(dir); got != int64(sealed) {
				t.Errorf("Unread(%v) = %d, want %d", dir, got, sealed)
			}
		}
	}
}

// TestOverflow adds the key when more waits for it than may be held: the Lost has
// the size of what was dropped, and what comes behind it is opened.
func TestOverflow(t *testing.T) {
	for _, suite := range []tlsrec.Suite{tlsrec.ECDHERSAWithAES128GCM, tlsrec.ChaCha20Poly1305SHA256} {
		for _, size := range []int{10, 1000, tlsrec.MaxPlaintext - 20} {
			t.Run(fmt.Sprintf("%v/%d", suite, size), func(t *testing.T) {
				f := newForge(t, suite)
				if isTLS13(suite) {
					f.established()
				} else {
					f.established12()
				}
				known := false
				var got listener
				o := NewObserver(func(r keylog.Random) (keylog.Secrets, bool) {
					if !known {
						return keylog.Secrets{}, false
					}
					return f.lookup(r)
				}, got.hear)
				backlog, sent := 40_000, 300+200_000/(size+30)

				o.Backlog = backlog
				for i := range sent {
					f.data(toServer, numbered(i)+strings.Repeat("x", size))
				}
				// Pieces that are no records, so that one is always cut.
				for _, c := range pieces(f.Tape, 777).Chunks {
					o.Feed(c.Dir, bytes.Clone(c.Data))
					if n := o.Buffered(); n > 2*(backlog+tlsrec.MaxRecord) {
						t.Fatalf("the observer holds %d bytes", n)
					}
				}
				dropped := o.Unread(toServer)
				known = true
				o.Retry()
				if n := o.Buffered(); n > 3*tlsrec.MaxRecord {
					t.Errorf("the observer holds %d bytes when nothing waits", n)
				}
				f.Chunks = nil
				f.data(toServer, "behind").close()
				feed(o, f.Chunks)

				if got.lines[1] != "no key" || !strings.HasPrefix(got.lines[2], "established") && !strings.Contains(got.lines[2], "lost") {
					t.Fatalf("heard %q", got.lines[:4])
				}
				var lost Gap
				first := -1
				for i, e := range got.findings {
					if e.Kind == Lost && e.Dir == toServer {
						lost = e.Gap
					}
					if e.Kind == Data && first < 0 {
						if _, err := fmt.Sscanf(got.lines[i], `> "record %d`, &first); err != nil {
							break // longer than what is quoted
						}
					}
				}
				if lost.Wire == 0 || lost.Wire != dropped || o.Unread(toServer) != dropped {
					t.Errorf("lost %d bytes, Unread %d; %d were dropped before the key came", lost.Wire, o.Unread(toServer), dropped)
				}
				if size == 10 && (first <= 0 || !strings.Contains(string(got.data[toServer]), numbered(sent-1))) {
					t.Errorf("goes on at record %d, without the last one", first)
				}
				if !bytes.HasSuffix(got.data[toServer], []byte("behind")) {
					t.Error("what came behind the key was not heard")
				}
				if got.lines[len(got.lines)-2] != "> close_notify, closing first" {
					t.Errorf("the last lines are %q", got.lines[len(got.lines)-2:])
				}
			})
		}
	}
}

// TestOtherSideIsAwaited: what one side sends before the other one has said hello
// is held, up to a limit.
func TestOtherSideIsAwaited(t *testing.T) {
	f := newForge(t, tlsrec.AES128GCMSHA256)
	var got listener
	o := NewObserver(f.lookup, got.hear)
	o.Backlog = 10_000
	hello := plainRecord(tlsrec.Handshake, forgedClientHello(f.suite, extension(extEarlyData, nil)))
	o.Feed(toServer, hello)
	if info := o.Info(); info.ClientRandom != forgedRandom || info.Early != EarlyUnknown {
		t.Errorf("Info has %+v", info)
	}
	record := plainRecord(tlsrec.ApplicationData, make([]byte, 1000))
	for i := 0; len(got.lines) == 0; i++ {
		if i > 10 {
			t.Fatalf("%d records are held", i)
		}
		o.Feed(toServer, bytes.Clone(record))
	}
	got.expect(t, "> stopped: record does not open, nor does any behind it")
	if o.Waiting() {
		t.Error("the observer waits for a key")
	}
}

// TestWrongKeys: another session's secrets open nothing, and those of another
// length do not count; nothing passes for data.
func TestWrongKeys(t *testing.T) {
	for length, want := range map[int]error{32: tlsrec.ErrOpen, 48: ErrNoKey} {
		f := newForge(t, tlsrec.AES128GCMSHA256).established()
		f.data(toServer, "a").data(toClient, "b")
		var wrong keylog.Secrets
		for _, l := range []keylog.Label{keylog.ClientHandshake, keylog.ServerHandshake} {
			f.must(wrong.Set(l, bytes.Repeat([]byte{1}, length)))
		}
		got := play(t, f.Tape, func(keylog.Random) (keylog.Secrets, bool) { return wrong, true }, whole)
		stops := 0
		for _, e := range got.findings {
			if e.Kind == Data || e.Kind == Established {
				t.Errorf("secrets of %d bytes: heard %q", length, render(&e))
			}
			if e.Kind == Stopped {
				stops++
				if !errors.Is(e.Err, want) {
					t.Errorf("secrets of %d bytes: %v, want %v", length, e.Err, want)
				}
			}
		}
		if stops != 2 {
			t.Errorf("heard %q, want both directions stopped", got.lines)
		}
	}
}

// pieces cuts the chunks of a tape into smaller ones.
func pieces(tp tlstest.Tape, n int) tlstest.Tape {
	cut := tlstest.Tape{Keys: tp.Keys}
	for _, c := range tp.Chunks {
		for _, b := range every(n)(c.Data) {
			cut.Chunks = append(cut.Chunks, tlstest.Chunk{Dir: c.Dir, Data: b})
		}
	}
	return cut
}
