package keylog

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

var (
	randomA = strings.Repeat("0a", RandomLen)
	randomB = strings.Repeat("0B", RandomLen)
	short   = strings.Repeat("15", 32)
	long    = strings.Repeat("3C", 48)
)

func random(t testing.TB, digits string) (r Random) {
	t.Helper()
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != RandomLen {
		t.Fatalf("%q is no client random", digits)
	}
	return Random(b)
}

// read parses text, cut into chunks of n bytes, and returns the counts and the
// malformed lines.
func read(store *Store, text string, n int) (Stats, []string) {
	var faults []string
	p := NewParser(store, func(e *LineError) { faults = append(faults, e.Error()) })
	for rest := text; len(rest) > 0; {
		k := min(n, len(rest))
		if took, err := p.Write([]byte(rest[:k])); took != k || err != nil {
			panic(fmt.Sprintf("Write took %d of %d bytes, %v", took, k, err))
		}
		rest = rest[k:]
	}
	_ = p.Close()
	return p.Stats(), faults
}

// known returns what a store knows of a session: a line each of label and secret.
func known(store *Store, r Random) (lines []string) {
	secrets, ok := store.Lookup(r)
	for l := range labels {
		if secret := secrets.Get(l); secret != nil {
			lines = append(lines, fmt.Sprintf("%v %x", l, secret))
		}
	}
	if ok != (len(lines) > 0) {
		panic("Lookup says that it found what it did not find")
	}
	return lines
}

func TestParser(t *testing.T) {
	for _, test := range []struct {
		name   string
		text   string
		a, b   string // what is known of the sessions A and B
		faults string
		stats  Stats
	}{
		{
			name: "TLS 1.3 and 1.2",
			text: "# a comment\n\n" +
				"CLIENT_EARLY_TRAFFIC_SECRET " + randomA + " " + short + "\n" +
				"CLIENT_HANDSHAKE_TRAFFIC_SECRET " + randomA + " " + long + "\n" +
				"SERVER_HANDSHAKE_TRAFFIC_SECRET " + randomA + " " + short + "\n" +
				"CLIENT_TRAFFIC_SECRET_0 " + randomA + " " + short + "\n" +
				"SERVER_TRAFFIC_SECRET_0 " + randomA + " " + short + "\n" +
				"EXPORTER_SECRET " + randomA + " " + short + "\n" +
				"CLIENT_RANDOM " + randomB + " " + long + "\n",
			a: "CLIENT_HANDSHAKE_TRAFFIC_SECRET " + strings.ToLower(long) + "\n" +
				"SERVER_HANDSHAKE_TRAFFIC_SECRET " + short + "\n" +
				"CLIENT_TRAFFIC_SECRET_0 " + short + "\n" +
				"SERVER_TRAFFIC_SECRET_0 " + short + "\n" +
				"CLIENT_EARLY_TRAFFIC_SECRET " + short,
			b:     "CLIENT_RANDOM " + strings.ToLower(long),
			stats: Stats{Lines: 9, Secrets: 6, Ignored: 1},
		},
		{
			name: "CR LF, blanks, a byte order mark, no end of the last line",
			text: "\ufeffCLIENT_RANDOM " + randomA + " " + long + "\r\n\r\n \t\r\n" +
				"  CLIENT_RANDOM\t" + randomB + "  " + long + " ",
			a:     "CLIENT_RANDOM " + strings.ToLower(long),
			b:     "CLIENT_RANDOM " + strings.ToLower(long),
			stats: Stats{Lines: 4, Secrets: 2},
		},
		{
			name: "the last one counts",
			text: "CLIENT_TRAFFIC_SECRET_0 " + randomA + " " + long + "\n" +
				"CLIENT_TRAFFIC_SECRET_0 " + randomA + " " + short + "\n",
			a:     "CLIENT_TRAFFIC_SECRET_0 " + short,
			stats: Stats{Lines: 2, Secrets: 2},
		},
		{
			name: "malformed lines between others",
			text: "CLIENT_RANDOM\n" +
				"CLIENT_RANDOM " + randomA + "\n" +
				"CLIENT_RANDOM " + randomA + " " + long + " more\n" +
				"CLIENT_RANDOM " + randomA[1:] + " " + long + "\n" +
				"CLIENT_RANDOM " + randomA[:63] + "x " + long + "\n" +
				"CLIENT_RANDOM " + randomA + " " + long[1:] + "\n" +
				"CLIENT_RANDOM " + randomA + " " + short + "\n" +
				"SERVER_TRAFFIC_SECRET_0 " + randomA + " " + short + "00\n" +
				"SERVER_TRAFFIC_SECRET_0 " + randomA + " " + short[2:] + "-1\n" +
				"client_random " + randomA + " " + long + "\n" +
				long + "\n" +
				"UNKNOWN_SECRET " + randomA + " ?\n" +
				"SERVER_TRAFFIC_SECRET_0 " + randomB + " " + short + "\n",
			b: "SERVER_TRAFFIC_SECRET_0 " + short,
			faults: `key log, line 1: has 1 of three fields: label, client random, secret
				key log, line 2: has 2 of three fields: label, client random, secret
				key log, line 3: more than three fields
				key log, line 4: client random has 63 hex digits, not 64
				key log, line 5: client random is not hex
				key log, line 6: secret has an odd number of hex digits (95)
				key log, line 7: CLIENT_RANDOM secret is 32 bytes, not 48
				key log, line 8: SERVER_TRAFFIC_SECRET_0 secret is 33 bytes, not 32 or 48
				key log, line 9: secret is not hex
				key log, line 10: does not begin with a label such as CLIENT_RANDOM
				key log, line 11: does not begin with a label such as CLIENT_RANDOM
				key log, line 12: an unknown label, and its values are not hex`,
			stats: Stats{Lines: 13, Secrets: 1, Malformed: 12},
		},
		{
			name: "long lines",
			text: "# " + strings.Repeat("x", 3*MaxLine) + "\n" +
				strings.Repeat("A", MaxLine+1) + "\n" +
				strings.Repeat(" ", 2*MaxLine) + "CLIENT_RANDOM " + randomA + " " + long + "\n" +
				"CLIENT_RANDOM " + randomB + " " + long + strings.Repeat(" ", MaxLine-175) + "\r\n",
			b:      "CLIENT_RANDOM " + strings.ToLower(long),
			faults: `key log, line 2: longer than 4096 bytes`,
			stats:  Stats{Lines: 4, Secrets: 1, Malformed: 1},
		},
		{
			name: "quotes",
			text: `"CLIENT_RANDOM ` + randomA + " " + long + "\"\n" +
				`'CLIENT_RANDOM' '` + randomB + `' "` + long + "\"\r\n",
			a:     "CLIENT_RANDOM " + strings.ToLower(long),
			b:     "CLIENT_RANDOM " + strings.ToLower(long),
			stats: Stats{Lines: 2, Secrets: 2},
		},
		{
			name: "a private key, and what comes behind it",
			text: "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n\nab+/==\n-----END EC PRIVATE KEY-----\n" +
				"CLIENT_RANDOM " + randomA + " " + long + "\n-----BEGIN CERTIFICATE-----\nMIIB\n",
			a: "CLIENT_RANDOM " + strings.ToLower(long),
			faults: `key log, line 1: is a private key, and no key log: since TLS 1.3 the server's key opens nothing;
				a key log is what the client or the server writes where SSLKEYLOGFILE names a file
				key log, line 7: is a PEM block, and no key log`,
			stats: Stats{Lines: 8, Secrets: 1, Malformed: 2},
		},
		{
			name:  "UTF-16",
			text:  utf16le("\ufeffCLIENT_RANDOM " + randomA + " " + long + "\r\n# ü\r\nCLIENT_RANDOM " + randomB + " " + long),
			a:     "CLIENT_RANDOM " + strings.ToLower(long),
			b:     "CLIENT_RANDOM " + strings.ToLower(long),
			stats: Stats{Lines: 3, Secrets: 2, UTF16: true},
		},
		{
			name:  "UTF-16 without a byte order mark",
			text:  utf16le("CLIENT_RANDOM " + randomA + " " + long + "\r\n"),
			a:     "CLIENT_RANDOM " + strings.ToLower(long),
			stats: Stats{Lines: 1, Secrets: 1, UTF16: true},
		},
		{
			name:  "UTF-16, the other way round",
			text:  swapped(utf16le("\ufeffCLIENT_RANDOM " + randomA + " " + long + "\r\n")),
			a:     "CLIENT_RANDOM " + strings.ToLower(long),
			stats: Stats{Lines: 1, Secrets: 1, UTF16: true},
		},
		{
			name:   "one byte",
			text:   "C",
			faults: "key log, line 1: has 1 of three fields: label, client random, secret",
			stats:  Stats{Lines: 1, Malformed: 1},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, n := range []int{1 << 20, 1, 7, 1000} {
				store := NewStore(0)
				stats, faults := read(store, test.text, n)
				if diff := cmp.Diff(strings.Fields(test.faults), strings.Fields(strings.Join(faults, " "))); diff != "" {
					t.Errorf("in chunks of %d, told of (-want +got):\n%s", n, diff)
				}
				if diff := cmp.Diff(test.stats, stats); diff != "" {
					t.Errorf("in chunks of %d, counted (-want +got):\n%s", n, diff)
				}
				for r, want := range map[string]string{randomA: test.a, randomB: test.b} {
					if got := strings.Join(known(store, random(t, r)), "\n"); got != want {
						t.Errorf("in chunks of %d, of session %.2s is known:\n%s\nwant:\n%s", n, r, got, want)
					}
				}
			}
		})
	}
}

// utf16le returns text in UTF-16, little-endian.
func utf16le(text string) string {
	var b []byte
	for _, c := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, c)
	}
	return string(b)
}

// swapped returns text with each two bytes swapped.
func swapped(text string) string {
	b := []byte(text)
	for i := 0; i+1 < len(b); i += 2 {
		b[i], b[i+1] = b[i+1], b[i]
	}
	return string(b)
}

// TestGrowingFile: each secret is known as soon as it is there. A line that is cut
// is neither malformed nor lost.
func TestGrowingFile(t *testing.T) {
	lines := []string{
		"CLIENT_TRAFFIC_SECRET_0 " + randomA + " " + long,
		"CLIENT_RANDOM " + randomB + " " + long,
		"SERVER_TRAFFIC_SECRET_0 " + randomA + " " + short,
	}
	text := strings.Join(lines, "\n") + "\n"
	// Where each secret begins to be known; the first, when 32 bytes of it are.
	first, second := len(lines[0])-len(long)+len(short), len(lines[0])+1+len(lines[1])
	third := len(text) - 1
	store := NewStore(0)
	p := NewParser(store, func(e *LineError) { t.Error(e) })
	for i := range len(text) {
		if _, err := p.Write([]byte{text[i]}); err != nil {
			t.Fatal(err)
		}
		p.Flush()
		want := 0
		for _, end := range []int{first, second, third} {
			if i+1 >= end {
				want++
			}
		}
		a, b := known(store, random(t, randomA)), known(store, random(t, randomB))
		if got := len(a) + len(b); got != want {
			t.Fatalf("after %d bytes, %d secrets are known, want %d", i+1, got, want)
		}
		if i+1 >= len(lines[0]) && a[0] != "CLIENT_TRAFFIC_SECRET_0 "+strings.ToLower(long) {
			t.Fatalf("after %d bytes, %q is known", i+1, a)
		}
	}
	if got := p.Stats(); got != (Stats{Lines: 3, Secrets: 3}) {
		t.Errorf("counted %+v", got)
	}
}

// TestCloseEndsALine: what comes behind a Close is another line.
func TestCloseEndsALine(t *testing.T) {
	store := NewStore(0)
	var faults []string
	p := NewParser(store, func(e *LineError) { faults = append(faults, e.Error()) })
	for _, text := range []string{"CLIENT_RAN", "DOM", "CLIENT_RANDOM " + randomA + " " + long} {
		if _, err := p.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"key log, line 1: has 1 of three fields: label, client random, secret",
		"key log, line 2: has 1 of three fields: label, client random, secret",
	}
	if diff := cmp.Diff(want, faults); diff != "" {
		t.Errorf("told of (-want +got):\n%s", diff)
	}
	if got := known(store, random(t, randomA)); len(got) != 1 {
		t.Errorf("%q is known of the session", got)
	}
}

// TestBoundedLine: of a line without an end, only the start is held.
func TestBoundedLine(t *testing.T) {
	p := NewParser(NewStore(0), nil)
	for range 1000 {
		if _, err := p.Write(bytes.Repeat([]byte("A"), 1000)); err != nil {
			t.Fatal(err)
		}
	}
	if n := cap(p.cut); n > 4*MaxLine {
		t.Errorf("the parser holds %d bytes of a line without end", n)
	}
}

// FuzzParser parses arbitrary text: nothing panics, the cuts don't matter, and the
// counts add up.
func FuzzParser(f *testing.F) {
	f.Add([]byte("CLIENT_RANDOM "+randomA+" "+long+"\n"), uint64(1))
	f.Add([]byte("# comment\r\n\r\nSERVER_TRAFFIC_SECRET_0 "+randomB+" "+short), uint64(2))
	f.Add([]byte("EXPORTER_SECRET "+randomA+" "+short+"\nRSA 00 "+long+"\n"), uint64(3))
	f.Add(append(bytes.Repeat([]byte("x"), MaxLine+1), '\r', '\n', 'A'), uint64(4))
	f.Add([]byte("\ufeffCLIENT_EARLY_TRAFFIC_SECRET "+randomA+" "+short+"\n"), uint64(5))
	f.Add([]byte(utf16le("\ufeffCLIENT_RANDOM "+randomA+" "+long+"\n")), uint64(6))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nMHcCAQEE\n-----END PRIVATE KEY-----\n"), uint64(7))
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		whole, pieces := NewStore(0), NewStore(0)
		stats, faults := read(whole, string(text), len(text)+1)
		if stats.Malformed != len(faults) || stats.Secrets+stats.Ignored+stats.Malformed > stats.Lines {
			t.Errorf("counted %+v, %d told of", stats, len(faults))
		}
		again, others := read(pieces, string(text), 1+rand.New(rand.NewPCG(seed, 0)).IntN(100))
		if again != stats || !cmp.Equal(faults, others) || len(whole.kept) != len(pieces.kept) {
			t.Errorf("cut otherwise, %+v became %+v, %d sessions %d", stats, again, len(whole.kept), len(pieces.kept))
		}
		for r := range whole.index {
			if !cmp.Equal(known(whole, r), known(pieces, r)) {
				t.Errorf("cut otherwise, %q became %q", known(whole, r), known(pieces, r))
			}
		}
	})
}
