package advice

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestWords: what a peer can make long is cut, and between two characters.
func TestWords(t *testing.T) {
	short := "tls: no cipher suite supported by both client and server; client offered: [4000 4001]"
	if got := Words(errors.New(short)); got != short {
		t.Errorf("the words are %q, want %q", got, short)
	}
	for _, long := range []string{"offered: [" + strings.Repeat("4000 ", 20000) + "]", "valid for " + strings.Repeat("é", 5000), "xvalid for " + strings.Repeat("é", 5000)} {
		got := Words(errors.New(long))
		if len(got) > maxWords+len("…") || !utf8.ValidString(got) || !strings.HasSuffix(got, "…") || !strings.HasPrefix(long, strings.TrimSuffix(got, "…")) {
			t.Errorf("the words of %.20q… are %q", long, got)
		}
	}
}
