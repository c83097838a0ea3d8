package tlsrec

import (
	"bytes"
	"errors"
	"testing"
)

var allSuites = []Suite{
	AES128GCMSHA256, AES256GCMSHA384, ChaCha20Poly1305SHA256,
	RSAWithAES128GCM, RSAWithAES256GCM, ECDHEECDSAWithAES128GCM, ECDHEECDSAWithAES256GCM,
	ECDHERSAWithAES128GCM, ECDHERSAWithAES256GCM, ECDHERSAWithChaCha20, ECDHEECDSAWithChaCha20,
}

// keysFor returns some keys of a suite of either version.
func keysFor(t testing.TB, s Suite) Keys {
	t.Helper()
	if s.params().version == VersionTLS13 {
		return benchKeys(t, s)
	}
	keys, _, err := SessionKeys(s, make([]byte, 48), make([]byte, 32), make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// TestSealThenOpen seals records of all lengths that matter, in place and not,
// and opens them: in the buffer they are in.
func TestSealThenOpen(t *testing.T) {
	for _, suite := range allSuites {
		t.Run(suite.String(), func(t *testing.T) {
			keys := keysFor(t, suite)
			sealer, opener := NewSealer(keys), NewOpener(keys)
			for _, size := range []int{0, 1, 15, 16, 17, 1000, MaxPlaintext} {
				want := bytes.Repeat([]byte{byte(size + 1)}, size)
				room := make([]byte, 3, 3+size+MaxOverhead)
				at := 3 + sealer.Headroom()
				inPlace := room[at : at+size]
				copy(inPlace, want)
				for _, plaintext := range [][]byte{want, inPlace} {
					record, err := sealer.Seal(room[:3], Handshake, plaintext)
					if err != nil {
						t.Fatal(err)
					}
					if &record[0] != &room[0] {
						t.Fatal("Seal left the buffer though it had room")
					}
					record = record[3:]
					if len(record) != size+sealer.Overhead() || RecordLen(record) != len(record) {
						t.Fatalf("%d bytes became %d, header %x; want %d more", size, len(record), record[:HeaderLen], sealer.Overhead())
					}
					typ, got, err := opener.Open(record)
					if err != nil || typ != Handshake || !bytes.Equal(got, want) {
						t.Fatalf("%d bytes: opened as %d bytes of type %d, %v", size, len(got), typ, err)
					}
					if size > 0 && &got[0] != &record[sealer.Headroom()] {
						t.Fatal("Open did not open in place")
					}
				}
			}
			if opener.Seq() != 14 || sealer.Seq() != 14 {
				t.Errorf("sequence numbers are %d and %d behind 14 records", opener.Seq(), sealer.Seq())
			}
		})
	}
}

// TestPadding pads in a buffer that is not clean.
func TestPadding(t *testing.T) {
	keys := benchKeys(t, AES128GCMSHA256)
	for _, padding := range []int{0, 1, 100, MaxPlaintext - 4} {
		dirty := bytes.Repeat([]byte{0xff}, MaxRecord)
		record, err := NewSealer(keys).SealPadded(dirty[:0], AlertRecord, []byte("text"), padding)
		if err != nil {
			t.Fatal(err)
		}
		if want := 4 + padding + NewSealer(keys).Overhead(); len(record) != want {
			t.Errorf("padded with %d bytes, the record has %d, want %d", padding, len(record), want)
		}
		if typ, got, err := NewOpener(keys).Open(record); err != nil || typ != AlertRecord || string(got) != "text" {
			t.Errorf("padded with %d bytes, it opens as %q of type %d, %v", padding, got, typ, err)
		}
	}
}

// TestSealFromAnywhere seals a plaintext that lies elsewhere in the buffer that
// the record is made in, as where another layer has opened it there.
func TestSealFromAnywhere(t *testing.T) {
	const size = 100
	for _, suite := range []Suite{AES128GCMSHA256, ECDHERSAWithAES128GCM} {
		for at := range MaxOverhead {
			keys := keysFor(t, suite)
			buf := make([]byte, size+2*MaxOverhead)
			plaintext := buf[at : at+size]
			for i := range plaintext {
				plaintext[i] = byte(i)
			}
			want := bytes.Clone(plaintext)
			record, err := NewSealer(keys).Seal(buf[:0], ApplicationData, plaintext)
			if err != nil {
				t.Fatal(err)
			}
			if _, got, err := NewOpener(keys).Open(record); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%v, from %d: opened as % x, %v", suite, at, got, err)
			}
		}
	}
}

// TestOpenFails: what is no record of these keys at this number is refused, and
// is not counted.
func TestOpenFails(t *testing.T) {
	for _, suite := range allSuites {
		keys := keysFor(t, suite)
		opener := NewOpener(keys)
		sealed := func(typ ContentType) []byte {
			record, err := NewSealer(keys).Seal(nil, typ, []byte("text"))
			if err != nil {
				t.Fatal(err)
			}
			return record
		}
		whole := sealed(ApplicationData)
		for i := range whole {
			for _, bit := range []byte{1, 0x80} {
				record := bytes.Clone(whole)
				record[i] ^= bit
				typ, plaintext, err := opener.Open(record)
				if err == nil {
					t.Fatalf("%v: byte %d changed, and it opens as %d %q", suite, i, typ, plaintext)
				}
				if !errors.Is(err, ErrOpen) && !errors.Is(err, ErrUnexpected) {
					t.Fatalf("%v: byte %d changed: %v", suite, i, err)
				}
			}
		}
		for n := range whole {
			if _, _, err := opener.Open(bytes.Clone(whole[:n])); !errors.Is(err, ErrUnexpected) {
				t.Fatalf("%v: the first %d bytes: %v, want ErrUnexpected", suite, n, err)
			}
		}
		long := append([]byte{byte(ApplicationData), 3, 3, 0, 0}, make([]byte, suite.params().MaxRecord()-HeaderLen+1)...)
		long[3], long[4] = byte((len(long)-HeaderLen)>>8), byte(len(long)-HeaderLen)
		if _, _, err := opener.Open(long); !errors.Is(err, ErrUnexpected) {
			t.Fatalf("%v: %d bytes: %v, want ErrUnexpected", suite, len(long), err)
		}
		opener.SetSeq(1)
		if _, _, err := opener.Open(bytes.Clone(whole)); !errors.Is(err, ErrOpen) {
			t.Fatalf("%v: another number: %v, want ErrOpen", suite, err)
		}
		opener.SetSeq(0)
		if _, _, err := opener.Open(bytes.Clone(whole)); err != nil || opener.Seq() != 1 {
			t.Fatalf("%v: after all that failed, %v, number %d", suite, err, opener.Seq())
		}
	}
}

// TestTry tries a record under other numbers, and with the keys behind a KeyUpdate:
// neither the record nor the opener changes.
func TestTry(t *testing.T) {
	for _, suite := range allSuites {
		keys := keysFor(t, suite)
		sealer, opener := NewSealer(keys), NewOpener(keys)
		sealer.SetSeq(7)
		record, err := sealer.Seal(nil, ApplicationData, []byte("text"))
		if err != nil {
			t.Fatal(err)
		}
		before := bytes.Clone(record)
		for seq := range uint64(10) {
			typ, got, ok := opener.Try(nil, record, seq)
			if want := seq == 7; ok != want || ok && (typ != ApplicationData || string(got) != "text") {
				t.Errorf("%v: number %d opens as %q of type %d: %v", suite, seq, got, typ, ok)
			}
		}
		if !bytes.Equal(record, before) || opener.Seq() != 0 {
			t.Errorf("%v: Try changed the record, or counted to %d", suite, opener.Seq())
		}
		if _, _, ok := opener.Try(nil, record[:len(record)-1], 7); ok {
			t.Errorf("%v: a part of a record opens", suite)
		}

		next, err := opener.Next()
		if suite.params().version != VersionTLS13 {
			if !errors.Is(err, ErrUnexpected) {
				t.Errorf("%v: Next in TLS 1.2: %v, want ErrUnexpected", suite, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := sealer.Update(); err != nil {
			t.Fatal(err)
		}
		if record, err = sealer.Seal(nil, ApplicationData, []byte("text")); err != nil {
			t.Fatal(err)
		}
		if _, _, ok := opener.Try(nil, record, 0); ok {
			t.Errorf("%v: the old keys open what is behind a KeyUpdate", suite)
		}
		if _, got, ok := next.Try(nil, record, 0); !ok || string(got) != "text" {
			t.Errorf("%v: the next keys open %q, %v", suite, got, ok)
		}
	}
}

func TestSealFails(t *testing.T) {
	for _, test := range []struct {
		suite         Suite
		size, padding int
	}{
		{AES128GCMSHA256, MaxPlaintext + 1, 0},
		{AES128GCMSHA256, MaxPlaintext, 1},
		{AES128GCMSHA256, 0, MaxPlaintext + 1},
		{AES128GCMSHA256, 0, -1},
		{RSAWithAES128GCM, 0, 1},
		{RSAWithAES128GCM, MaxPlaintext + 1, 0},
	} {
		sealer := NewSealer(keysFor(t, test.suite))
		dst := []byte("before")
		got, err := sealer.SealPadded(dst, ApplicationData, make([]byte, test.size), test.padding)
		if !errors.Is(err, ErrUnexpected) || string(got) != "before" || sealer.Seq() != 0 {
			t.Errorf("%v: %d bytes with %d of padding: %q, %v, number %d", test.suite, test.size, test.padding, got, err, sealer.Seq())
		}
	}
	if err := NewSealer(keysFor(t, RSAWithAES128GCM)).Update(); !errors.Is(err, ErrUnexpected) {
		t.Errorf("Update in TLS 1.2: %v, want ErrUnexpected", err)
	}
}

// TestNoAllocations: neither opening nor sealing a record allocates.
func TestNoAllocations(t *testing.T) {
	for _, suite := range allSuites {
		keys := keysFor(t, suite)
		sealer, opener := NewSealer(keys), NewOpener(keys)
		buf := make([]byte, MaxRecord)
		if n := testing.AllocsPerRun(100, func() {
			record, err := sealer.Seal(buf[:0], ApplicationData, buf[sealer.Headroom():][:5000])
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := opener.Open(record); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%v: %v allocations a record", suite, n)
		}
	}
}
