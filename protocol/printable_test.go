package protocol_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"anytls-inspect/protocol"
)

func TestPrintable(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", "dial tcp: connection refused", "dial tcp: connection refused"},
		{"other scripts", "café 日本語 🙂", "café 日本語 🙂"},
		{"an escape sequence", "\x1b[2J\x1b]0;title\a", `\x1b[2J\x1b]0;title\a`},
		{"line ends", "a\r\nb\tc", `a\r\nb\tc`},
		{"a direction override", "a\u202eb", `a\u202eb`},
		{"what takes no room", "a\u200bb\ufeffc", `a\u200bb\ufeffc`},
		{"what a font may leave out", "a\u034fb\u115fc\u1160d\u3164e\u200df", `a\u034fb\u115fc\u1160d\u3164e\u200df`},
		{"variation selectors", "❤\ufe0f\ufe00\U000e0100", `❤\ufe0f\ufe00\U000e0100`},
		{"blanks", "a\u2800b\U0001d159", `a\u2800b\U0001d159`},
		{"a control of eight bits", "\u009b2J", `\u009b2J`},
		{"what is not UTF-8", "a\xff\xc3", `a\xff\xc3`},
		{"a replacement character", "\ufffd", "\ufffd"},
		{"a backslash", `\x1b`, `\\x1b`},
		{"quotes", `'"`, `'"`},
		{"nothing", "", ""},
		{"a delete", "\x7f\x00", `\x7f\x00`},
	}
	for _, test := range tests {
		if got := protocol.Printable(test.text); got != test.want {
			t.Errorf("%s: %q becomes %q, want %q", test.name, test.text, got, test.want)
		}
	}
	if got := protocol.Printable([]byte("\x1bc")); got != `\x1bc` {
		t.Errorf("bytes become %q", got)
	}
}

// TestIsPrint goes through all runes. IsPrint lets pass what strconv does, but for these:
// what Unicode's DerivedCoreProperties.txt has as Default_Ignorable_Code_Point, and blanks.
func TestIsPrint(t *testing.T) {
	hidden := &unicode.RangeTable{
		R16: []unicode.Range16{
			{Lo: 0x034f, Hi: 0x034f, Stride: 1},
			{Lo: 0x115f, Hi: 0x1160, Stride: 1},
			{Lo: 0x17b4, Hi: 0x17b5, Stride: 1},
			{Lo: 0x180b, Hi: 0x180f, Stride: 1},
			{Lo: 0x2800, Hi: 0x2800, Stride: 1},
			{Lo: 0x3164, Hi: 0x3164, Stride: 1},
			{Lo: 0xfe00, Hi: 0xfe0f, Stride: 1},
			{Lo: 0xffa0, Hi: 0xffa0, Stride: 1},
		},
		R32: []unicode.Range32{
			{Lo: 0x13441, Hi: 0x13442, Stride: 1},
			{Lo: 0x16fe4, Hi: 0x16fe4, Stride: 1},
			{Lo: 0x1d159, Hi: 0x1d159, Stride: 1},
			{Lo: 0xe0100, Hi: 0xe01ef, Stride: 1},
		},
	}
	for r := rune(-1); r <= unicode.MaxRune+1; r++ {
		if got, want := protocol.IsPrint(r), strconv.IsPrint(r) && !unicode.Is(hidden, r); got != want {
			t.Errorf("%U: %v, want %v", r, got, want)
		}
	}
	for _, r := range []rune{0xad, 0x61c, 0x200b, 0x2065, 0xfeff, 0xfff0, 0x1bca0, 0x1d173, 0xe0001, 0xe0fff} {
		if protocol.IsPrint(r) {
			t.Errorf("%U counts as what shows", r)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("a\x1b[0m\u202e\xff\\")
	f.Fuzz(func(t *testing.T, text string) {
		got := protocol.Printable(text)
		if !utf8.ValidString(got) {
			t.Errorf("%q becomes %q, which is not UTF-8", text, got)
		}
		// Printable text stays as it is, but for backslashes: so the second time only
		// these change.
		if again := protocol.Printable(got); again != strings.ReplaceAll(got, `\`, `\\`) {
			t.Errorf("%q becomes %q, then %q", text, got, again)
		}
	})
}
