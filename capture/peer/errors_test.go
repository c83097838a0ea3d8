package peer_test

import (
	"strings"
	"testing"

	"anytls-inspect/capture/peer"
)

// TestLongTexts: a peer's text that fills a frame makes no line that long.
func TestLongTexts(t *testing.T) {
	text := strings.Repeat("\x1b[2J", 10000)
	for _, err := range []error{&peer.RefusedError{Stream: 1, Text: text}, &peer.AlertError{Text: text}} {
		if got := err.Error(); len(got) > 2000 || !strings.HasSuffix(got, "…") || strings.Contains(got, "\x1b") {
			t.Errorf("%T is told in %d bytes: %.60q…", err, len(got), got)
		}
	}
}
