package expression

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestMask(t *testing.T) {
	for source, want := range map[string][]string{
		`age > 50ms`:                         {"50ms"},
		`1m30s+2.5s-1h`:                      {"1m30s", "2.5s", "1h"},
		`[1ns,2us,3µs,4μs]`:                  {"1ns", "2us", "3µs", "4μs"},
		`x3s > 1 && s3 > 2`:                  nil,
		`x.3s`:                               nil,
		`1..5s`:                              {"5s"},
		`1e3 + 0x3 + 1_000 + 1.5 + .5`:       nil,
		`1e3s 0x3s 1_0s 1.s 3sx 3s_ 3s3 .3s`: nil,
		`1.5s.Seconds()`:                     {"1.5s"},
		`"3s" '4s' 5s`:                       {"5s"},
		"`6s \" 7s` 8s":                      {"8s"},
		"`6s``7s` 8s":                        {"8s"},
		`"\"3s" 4s`:                          {"4s"},
		`'\\' 4s`:                            {"4s"},
		`b"3s" 4s`:                           {"4s"},
		`// 3s` + "\n4s":                     {"4s"},
		`/* 3s */ 4s /* 5s`:                  {"4s"},
		`#3s # 3s`:                           {"3s"},
		`not 3s`:                             {"3s"},
		`"3s`:                                nil,
	} {
		masked, literals, err := mask(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		var got []string
		for _, l := range literals {
			got = append(got, l.text)
			if value, err := time.ParseDuration(l.text); err != nil || value != l.value {
				t.Errorf("%s: %s is %v", source, l.text, l.value)
			}
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: durations %q, want %q", source, got, want)
		}
		keepsAllElse(t, source, masked, literals)
	}
}

// keepsAllElse checks that the masked source is the source, byte for byte and place for
// place, but for the durations.
func keepsAllElse(t *testing.T, source, masked string, literals []*literal) {
	t.Helper()
	if utf8.RuneCountInString(masked) != utf8.RuneCountInString(source) {
		t.Errorf("%q has other places than %q", masked, source)
	}
	rest, at := masked, 0
	for _, l := range literals {
		n := l.at - at
		if !strings.HasPrefix(rest[min(n, len(rest)):], l.name) || rest[:n] != source[at:l.at] || strings.Contains(source, l.name) {
			t.Fatalf("%q is not %q but for its durations", masked, source)
		}
		rest, at = rest[n+len(l.name):], l.at+len(l.text)
	}
	if rest != source[at:] {
		t.Errorf("%q is not %q but for its durations", masked, source)
	}
	if got := unmask(masked, literals); got != source {
		t.Errorf("%q becomes %q again, not %q", masked, got, source)
	}
}

// TestMaskKeepsAllElse: whatever the source, also where it has letters that names are made of.
func TestMaskKeepsAllElse(t *testing.T) {
	parts := []string{"3s", "1m30s", "50ms", "2.5s", ".", "..", " ", "x", "é", "\U00020000", "\U00020001", `"`, "'", "`", `\`, "//", "/*", "*/", "\n", "#", "_", "7", "e", "\xff", "µs", "("}
	r := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range 20_000 {
		var b strings.Builder
		for range 1 + r.IntN(12) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		masked, literals, err := mask(b.String())
		if err != nil {
			continue // too long
		}
		found += len(literals)
		keepsAllElse(t, b.String(), masked, literals)
	}
	if found < 1000 {
		t.Errorf("%d durations were found in all", found)
	}
}
