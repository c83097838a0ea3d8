package tlstap

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/internal/tlstest"
	"anytls-inspect/protocol"
)

// A span says where in its direction a record of application data lies.
type span struct {
	start, end int64
	text       string
}

// TestGapsInData cuts arbitrary bytes out of a direction, of connections with
// small, large and mixed records: what lies wholly before and behind them is found,
// and the Lost is exact.
func TestGapsInData(t *testing.T) {
	for _, suite := range []tlsrec.Suite{tlsrec.AES128GCMSHA256, tlsrec.ChaCha20Poly1305SHA256, tlsrec.ECDHERSAWithAES128GCM, tlsrec.ECDHERSAWithChaCha20} {
		for name, size := range map[string]func(*rand.Rand) int{
			"empty": func(*rand.Rand) int { return 0 },
			"small": func(r *rand.Rand) int { return r.IntN(60) },
			"large": func(*rand.Rand) int { return tlsrec.MaxPlaintext },
			"mixed": func(r *rand.Rand) int { return r.IntN(tlsrec.MaxPlaintext >> r.IntN(14)) },
		} {
			t.Run(fmt.Sprintf("%v/%s", suite, name), func(t *testing.T) {
				for seed := range uint64(8) {
					gapInData(t, suite, rand.New(rand.NewPCG(seed, 1)), size)
				}
			})
		}
	}
}

func gapInData(t *testing.T, suite tlsrec.Suite, rng *rand.Rand, size func(*rand.Rand) int) {
	f := newForge(t, suite)
	if isTLS13(suite) {
		f.established()
	} else {
		f.established12()
	}
	start := int64(len(f.Stream(toServer)))
	shaken := f.Chunks
	f.Chunks = nil
	var spans []span
	for range 400 {
		text := strings.Repeat("x", size(rng))
		f.data(toServer, text)
		end := start + int64(len(f.Chunks[len(f.Chunks)-1].Data))
		spans = append(spans, span{start, end, text})
		start = end
		if start > 2_000_000 {
			break
		}
	}
	stream := f.Stream(toServer)
	first := spans[0].start
	// All but the last record may be missing; behind it, nothing tells where one
	// starts.
	from := rng.Int64N(spans[len(spans)-1].start - first)
	to := min(from+1+rng.Int64N(1<<rng.IntN(19)), spans[len(spans)-1].start-first)

	var want []string
	before, behind := first, int64(-1)
	lost := 0
	var plaintext int64
	for _, s := range spans {
		switch {
		case s.end <= first+from:
			before = s.end
			want = append(want, heard([]tlstest.Chunk{{Dir: toServer, Data: []byte(s.text)}})...)
		case s.start < first+to:
			lost++
			plaintext += int64(len(s.text))
		default:
			if behind < 0 {
				behind = s.start
				want = append(want, fmt.Sprintf("> lost %d bytes, %d records, %d of plaintext: bytes are missing",
					behind-before, lost, plaintext))
			}
			want = append(want, heard([]tlstest.Chunk{{Dir: toServer, Data: []byte(s.text)}})...)
		}
	}

	var got listener
	o := NewObserver(f.lookup, got.hear)
	feed(o, shaken)
	got.lines = nil
	for _, b := range every(1 + rng.IntN(3000))(stream[:from]) {
		o.Feed(toServer, bytes.Clone(b))
	}
	o.Gap(toServer, to-from)
	for _, b := range every(1 + rng.IntN(3000))(stream[to:]) {
		o.Feed(toServer, bytes.Clone(b))
	}
	got.expect(t, strings.Join(want, "\n"))
	if n := o.Unread(toServer); n != behind-before {
		t.Errorf("Unread = %d, want %d", n, behind-before)
	}
	if last := got.offsets[len(got.offsets)-1]; last != start {
		t.Errorf("the last record ends at offset %d, want %d", last, start)
	}
}

// TestGapsAnywhere cuts bytes out of whole connections of real implementations, at
// every place: no data is found that was not sent, it is found in order, and a gap
// that leaves the hellos in place does not stop the other side.
func TestGapsAnywhere(t *testing.T) {
	client, server := tlstest.Configs13()
	client12, server12 := tlstest.Configs12(tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256)
	brief := []tlstest.Chunk{{Dir: toServer, Data: []byte("one")}, {Dir: toClient, Data: []byte("two")}, {Dir: toServer, Data: []byte("three")}, {Dir: toClient, Data: []byte("four")}}
	for name, tp := range map[string]tlstest.Tape{
		"1.3":         tlstest.Converse(t, client, server, brief),
		"1.2":         tlstest.Converse(t, client12, server12, brief),
		"0-RTT":       readTape(t, "openssl-early"),
		"rejected":    readTape(t, "openssl-early-rejected"),
		"key updates": readTape(t, "openssl-keyupdate"),
		"retry":       readTape(t, "rfc8448-5-retry"),
	} {
		t.Run(name, func(t *testing.T) {
			store := tp.Store(t)
			want := play(t, tp, store.Lookup, whole)
			for dir := range want.data {
				dir := protocol.Direction(dir)
				other := 1 - dir
				for size := range 4 {
					size = 1 << (4 * size)
					for at := 0; at < len(tp.Stream(dir)); at += 7 {
						got := playWithGap(store.Lookup, tp, dir, at, size, newestOf(store))
						if !isSubsequence(got.data[dir], want.data[dir]) {
							t.Fatalf("%v, %d bytes at %d: heard %q of %q", dir, size, at, got.data[dir], want.data[dir])
						}
						said := want.data[other]
						switch hello := at < tlsrec.RecordLen(tp.Stream(dir)); {
						case hello && name == "1.2":
							continue // has to have both hellos
						case hello && name == "rejected" && dir == toClient:
							got.data[other] = bytes.TrimPrefix(got.data[other], []byte("data before the handshake\n")) // found before its answer
						}
						if !bytes.Equal(got.data[other], said) {
							t.Fatalf("%v, %d bytes at %d: of the other side, heard %q of %q\n%q", dir, size, at, got.data[other], said, got.lines)
						}
					}
				}
			}
		})
	}
}

// playWithGap plays a tape without some bytes of a direction.
func playWithGap(lookup Lookup, tp tlstest.Tape, dir protocol.Direction, at, size int, newest func(uint64) ([]keylog.Session, uint64)) *listener {
	var got listener
	o := NewObserver(lookup, got.hear)
	o.Newest = newest
	offset := 0
	for _, c := range tp.Chunks {
		data := bytes.Clone(c.Data)
		if c.Dir != dir {
			o.Feed(c.Dir, data)
			continue
		}
		from := min(max(at-offset, 0), len(data))
		to := min(max(at+size-offset, 0), len(data))
		offset += len(data)
		o.Feed(dir, data[:from])
		if to > from {
			o.Gap(dir, int64(to-from))
		}
		o.Feed(dir, data[to:])
	}
	o.End(toServer)
	o.End(toClient)
	o.GiveUp()
	return &got
}

// isSubsequence tells whether b is what is left of all without some of its bytes.
func isSubsequence(b, all []byte) bool {
	for len(b) > 0 {
		i := bytes.IndexByte(all, b[0])
		if i < 0 {
			return false
		}
		b, all = b[1:], all[i+1:]
	}
	return true
}

// TestDamage: a record of other bytes than were sent is lost, and no other.
func TestDamage(t *testing.T) {
	f := newForge(t, tlsrec.AES128GCMSHA256).established()
	f.data(toServer, "a").data(toServer, "damaged").data(toServer, "c").data(toClient, "d").data(toServer, "e")
	f.Chunks[len(f.Chunks)-4].Data[10] ^= 1
	got := play(t, f.Tape, f.lookup, whole)
	got.expect(t, hello13aes+`
		established
		> "a"
		> damaged: record does not open: number 1, 29 bytes
		> lost 29 bytes, 1 records, 7 of plaintext: the capture has other bytes than were sent
		> "c"
		< "d"
		> "e"`)
	got.same(t, play(t, f.Tape, f.lookup, every(1)))
}

const hello13aes = "hello TLS 1.3 TLS_AES_128_GCM_SHA256"
