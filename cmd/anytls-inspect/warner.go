package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// A warner tells the user, on standard error, what goes wrong outside of any
// session: at once, or where that would spoil the screen, when the screen is gone.
// It is safe for concurrent use.
type warner struct {
	stderr io.Writer

	mu   sync.Mutex
	held bool     // the screen is in use
	kept []string // the warnings of that time, at most maxKept
}

// maxKept bounds how many warnings are kept back. Those beyond it are dropped.
const maxKept = 100

func newWarner(s *stdio) *warner { return &warner{stderr: s.err} }

// warn prints a warning, or keeps it back.
func (w *warner) warn(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.held {
		fmt.Fprintf(w.stderr, "anytls-inspect: %s\n", text)
		return
	}
	if len(w.kept) < maxKept {
		w.kept = append(w.kept, text)
	}
}

// hold keeps warnings back until release is called.
func (w *warner) hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = true
}

// release prints what was kept back.
func (w *warner) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = false
	if len(w.kept) > 0 {
		fmt.Fprintf(w.stderr, "anytls-inspect: %s\n", strings.Join(w.kept, "\nanytls-inspect: "))
	}
	w.kept = nil
}
