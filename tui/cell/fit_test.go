package cell

import (
	"testing"

	"github.com/charmbracelet/x/ansi"

	"anytls-inspect/tui/screentest"
)

func TestHarmless(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain ASCII ~", "plain ASCII ~"},
		{"", ""},
		{"例え.テスト", "例え.テスト"},
		{"→ é ก็", "→ é ก็"},
		{"\x1b[31m", `\x1b[31m`},
		{"\u009b5m", `\u009b5m`},
		{"a\u202eb", `a\u202eb`},
		{"a\r\nb\tc\x00\x7f", `a\r\nb\tc\x00\x7f`},
		{"\xff\xfe", `\xff\xfe`},
		{"\xc2", `\xc2`},
		{"❤\ufe0f", `\u2764\ufe0f`},
		{"👩\u200d👧", `\U0001f469\u200d\U0001f467`},
		{"a\u3164b\u2800c\u115f", `a\u3164b\u2800c\u115f`},
		{"e\u034f", `e\u034f`},
		{"e\u0301", "e\u0301"},
		{"\u0301", `\u0301`},
		{"\r🏽", `\r\U0001f3fd`},
	}
	for _, tt := range tests {
		if got := Harmless(tt.in); got != tt.want {
			t.Errorf("Harmless(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzFit(f *testing.F) {
	f.Add("abc", 2)
	f.Add(screentest.Evil, 17)
	f.Fuzz(func(t *testing.T, s string, cells int) {
		cells %= 300
		for _, got := range []string{Fit(s, cells), FitRight(s, cells)} {
			if a, b := ansi.StringWidth(got), ansi.StringWidthWc(got); a != max(cells, 0) || a != b {
				t.Errorf("%q in %d cells is %q of %d or %d", s, cells, got, a, b)
			}
		}
		for _, part := range Wrap(s, cells) {
			if got := ansi.StringWidth(part); got > max(cells, 0) {
				t.Errorf("%q wrapped to %d cells has a line of %d: %q", s, cells, got, part)
			}
		}
	})
}

// TestFitting: of some texts the first that has room is taken, as wide as it is shown, and
// where none has room the shortest.
func TestFitting(t *testing.T) {
	texts := []string{"server owes SYNACK", "\x1b owes", "owes"}
	for cells, want := range map[int]string{18: texts[0], 17: texts[1], 9: texts[1], 8: texts[2], 4: texts[2], 1: texts[2]} {
		if got := Fitting(texts, cells); got != want {
			t.Errorf("in %d cells: %q, want %q", cells, got, want)
		}
	}
	if got := Fitting(nil, 9); got != "" {
		t.Errorf("of no texts: %q", got)
	}
}
