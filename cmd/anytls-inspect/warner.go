package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// A warner tells the user on standard error what goes wrong outside of sessions: at
// once, or while that would spoil the screen, later. It is safe for concurrent use.
type warner struct {
	stderr io.Writer

	mu   sync.Mutex
	held bool     // warnings are kept back
	kept []string // those that were, at most maxKept
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

// hold keeps back the warnings from now on.
func (w *warner) hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = true
}

// release prints the warnings that were kept back, and keeps back no more.
func (w *warner) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = false
	if len(w.kept) > 0 {
		fmt.Fprintf(w.stderr, "anytls-inspect: %s\n", strings.Join(w.kept, "\nanytls-inspect: "))
	}
	w.kept = nil
}
