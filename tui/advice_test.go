package tui

import (
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// TestAdviceFits: what a diagnostic saw, and what to do about it, can be read to its end at
// each size of screen that people have, while the chosen row is in sight.
func TestAdviceFits(t *testing.T) {
	for _, size := range [...]struct {
		name string
		w, h int
	}{{"80x24", 80, 24}, {"120x40", 120, 40}, {"200x50", 200, 50}} {
		t.Run(size.name, func(t *testing.T) {
			x := newScreen(t, upload(t).wait(time.Second), size.w, size.h).press("5", "g")
			text := x.text()
			x.want("▸ ✗ error", "server reads nothing", "the server has taken no")
			words := strings.Fields(journal.Spec(session.CodePeerNotReading).Advice)
			if last := words[len(words)-1]; !strings.Contains(text, last) {
				t.Errorf("the advice is cut before %q:\n%s", last, text)
			}
		})
	}
}
