package tlstap

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/internal/tlstest"
	"anytls-inspect/protocol"
)

// newest is how many sessions are tried in these tests where the ClientHello is lost.
const newest = 256

// newestOf returns what an observer tries of a store.
func newestOf(store *keylog.Store) func(uint64) ([]keylog.Session, uint64) {
	return func(after uint64) ([]keylog.Session, uint64) { return store.Newest(newest, after) }
}

// decoys adds secrets of other sessions, of either length, to a store.
func decoys(t testing.TB, store *keylog.Store, n int) {
	t.Helper()
	for i := range n {
		var random keylog.Random
		copy(random[:], fmt.Sprintf("decoy %d", i))
		for _, l := range []keylog.Label{keylog.ClientHandshake, keylog.ServerHandshake, keylog.ClientTraffic, keylog.ServerTraffic} {
			secret := bytes.Repeat([]byte{byte(i), byte(l)}, 16+8*(i%2))
			if err := store.Add(random, l, secret); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// alone plays one direction of a tape. told says that the observer is told beforehand that
// there is no other one.
func alone(t testing.TB, tp tlstest.Tape, dir protocol.Direction, told bool, late int) *listener {
	t.Helper()
	store := keylog.NewStore(0)
	var got listener
	o := NewObserver(store.Lookup, got.hear)
	o.Newest = newestOf(store)
	decoys(t, store, 20)
	if told {
		o.Gap(dir.Reverse(), -1)
	}
	for i, b := range every(100)(tp.Stream(dir)) {
		if i == late {
			tlstest.Learn(t, store, tp.Keys)
			o.Retry()
		}
		o.Feed(dir, bytes.Clone(b))
	}
	tlstest.Learn(t, store, tp.Keys)
	o.Retry()
	o.End(dir)
	o.End(dir.Reverse())
	o.GiveUp()
	if o.Buffered() > 0 {
		t.Errorf("the observer holds %d bytes", o.Buffered())
	}
	return &got
}

// TestOneDirection has one direction only, of each kind of connection: it is opened, also
// with a key that comes late, and what it carried is found to the byte.
func TestOneDirection(t *testing.T) {
	client, server := tlstest.Configs13()
	retryClient, retryServer := tlstest.Configs13()
	retryServer.CurvePreferences = retryServer.CurvePreferences[:0]
	for name, tp := range map[string]tlstest.Tape{
		"1.3":         tlstest.Converse(t, client, server, talk()),
		"again":       tlstest.Converse(t, retryClient, retryServer, talk()),
		"AES-256":     readTape(t, "openssl-aes256"),
		"ChaCha20":    readTape(t, "openssl-chacha20"),
		"key updates": readTape(t, "openssl-keyupdate"),
		"padding":     readTape(t, "openssl-padding"),
		"retry":       readTape(t, "rfc8448-5-retry"),
		"0-RTT":       readTape(t, "openssl-early"),
		"0-RTT again": readTape(t, "rfc8448-4-resumed-0rtt"),
		"rejected":    readTape(t, "openssl-early-rejected"),
		"RFC 8448":    readTape(t, "rfc8448-3-simple"),
	} {
		want := play(t, tp, tp.Store(t).Lookup, whole)
		for dir := range want.data {
			dir := protocol.Direction(dir)
			for _, told := range []bool{true, false} {
				for _, late := range []int{0, 1, 4, 1000} {
					got := alone(t, tp, dir, told, late)
					said := want.data[dir]
					if name == "rejected" && dir == toServer { // the answer, which was no, is not seen
						said = append([]byte("data before the handshake\n"), said...)
					}
					if !bytes.Equal(got.data[dir], said) {
						t.Errorf("%s, %v, told %v, keys at %d: heard %q", name, dir, told, late, got.lines)
					}
					if hello := got.findings[0]; hello.Kind != Hello {
						t.Errorf("%s, %v: heard %q first", name, dir, got.lines[0])
					} else if i := hello.Info; i.Version != tlsrec.VersionTLS13 || !i.Incomplete || i.ClientRandom != want.findings[0].Info.ClientRandom {
						t.Errorf("%s, %v: Info has %+v", name, dir, i)
					}
				}
			}
		}
	}
}

// TestOneDirectionOfTLS12: a server's direction is opened by the key log's randoms, and a
// client's is not, since nobody else knows the server's.
func TestOneDirectionOfTLS12(t *testing.T) {
	client, server := tlstest.Configs12(0xc02f)
	tp := tlstest.Converse(t, client, server, talk())
	want := play(t, tp, tp.Store(t).Lookup, whole)
	for _, told := range []bool{true, false} {
		if got := alone(t, tp, toClient, told, 0); !bytes.Equal(got.data[toClient], want.data[toClient]) {
			t.Errorf("the server's direction: heard %q", got.lines)
		}
		got := alone(t, tp, toServer, told, 0)
		if len(got.data[toServer]) > 0 || !errors.Is(got.findings[0].Err, ErrOneHello) {
			t.Errorf("the client's direction: heard %q", got.lines)
		}
	}
}

// TestLostHellos loses a part of a hello, or all of it, and what else is in its packet:
// both directions go on.
func TestLostHellos(t *testing.T) {
	for _, suite := range []tlsrec.Suite{tlsrec.AES128GCMSHA256, tlsrec.ChaCha20Poly1305SHA256, tlsrec.AES256GCMSHA384} {
		for _, dir := range []protocol.Direction{toServer, toClient} {
			f := newForge(t, suite).established().data(toServer, "a").data(toClient, "b").close()
			store := keylog.NewStore(0)
			decoys(t, store, 20)
			for _, l := range []keylog.Label{keylog.ClientHandshake, keylog.ServerHandshake, keylog.ClientTraffic, keylog.ServerTraffic} {
				f.must(store.Add(forgedRandom, l, f.secrets.Get(l)))
			}
			hello := tlsrec.RecordLen(f.Stream(dir))
			for from := range hello {
				for _, size := range []int{1, 7, hello - from, hello - from + 10} {
					got := playWithGap(store.Lookup, f.Tape, dir, from, size, newestOf(store))
					if string(got.data[toServer]) != "a" || string(got.data[toClient]) != "b" {
						t.Fatalf("%v, %v, %d bytes at %d: heard %q", suite, dir, size, from, got.lines)
					}
					for _, e := range got.findings {
						if e.Kind == Lost && e.Gap.Plaintext > 0 || e.Kind == Stopped {
							t.Errorf("%v, %v, %d bytes at %d: heard %q", suite, dir, size, from, got.lines)
						}
					}
				}
			}
		}
	}
}

// TestOldSessionsAreNotTried: where the ClientHello is lost, only the newest sessions are.
func TestOldSessionsAreNotTried(t *testing.T) {
	f := newForge(t, tlsrec.AES128GCMSHA256).established().data(toClient, "b")
	for n, want := range map[int]string{newest - 1: "b", newest: ""} {
		store := keylog.NewStore(0)
		for _, l := range []keylog.Label{keylog.ServerHandshake, keylog.ServerTraffic} {
			f.must(store.Add(forgedRandom, l, f.secrets.Get(l)))
		}
		decoys(t, store, n)
		var got listener
		o := NewObserver(store.Lookup, got.hear)
		o.Newest = newestOf(store)
		o.GiveUp()
		o.Gap(toServer, -1)
		o.Feed(toClient, f.Stream(toClient))
		if string(got.data[toClient]) != want {
			t.Errorf("%d sessions are newer: heard %q", n, got.lines)
		}
		if want == "" && !slices.Contains(got.lines, "< stopped: no key for this session") {
			t.Errorf("heard %q", got.lines)
		}
	}
}

// TestSomeSecrets has key logs that lack some of a session's secrets.
func TestSomeSecrets(t *testing.T) {
	f := newForge(t, tlsrec.AES128GCMSHA256).established()
	f.data(toServer, "a").data(toClient, "b").data(toServer, "c").close()
	for _, test := range []struct {
		name    string
		without []keylog.Label
		want    string
	}{
		{"traffic secrets only", []keylog.Label{keylog.ClientHandshake, keylog.ServerHandshake}, `
			hello TLS 1.3 TLS_AES_128_GCM_SHA256
			> lost 26 bytes, -1 records, 0 of plaintext: no key for this session
			established incomplete
			> "a"
			< lost 3036 bytes, -1 records, 0 of plaintext: no key for this session
			< "b"
			> "c"
			> close_notify, closing first
			< close_notify, closing`},
		{"handshake secrets only", []keylog.Label{keylog.ClientTraffic, keylog.ServerTraffic}, `
			hello TLS 1.3 TLS_AES_128_GCM_SHA256
			established
			no key
			> stopped: no key for this session
			< stopped: no key for this session`},
		{"the client's only", []keylog.Label{keylog.ServerHandshake, keylog.ServerTraffic}, `
			hello TLS 1.3 TLS_AES_128_GCM_SHA256
			no key
			< stopped: no key for this session
			established
			> "a"
			> "c"
			> close_notify, closing first`},
		{"the server's only", []keylog.Label{keylog.ClientHandshake, keylog.ClientTraffic}, `
			hello TLS 1.3 TLS_AES_128_GCM_SHA256
			no key
			> stopped: no key for this session
			established
			< "b"
			< close_notify, closing first`},
	} {
		t.Run(test.name, func(t *testing.T) {
			lookup := f.without(append(test.without, keylog.Master)...)
			got := play(t, f.Tape, lookup, whole)
			got.expect(t, test.want)
			got.same(t, play(t, f.Tape, lookup, every(1)))
		})
	}
}
