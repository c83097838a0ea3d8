package protocol_test

import (
	"strings"
	"testing"
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
