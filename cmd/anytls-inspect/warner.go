package main

import "sync"

// A warner tells the user on standard error what goes wrong outside of sessions: at
// once, or while that would spoil the screen, later. It is safe for concurrent use.
type warner struct {
	stdio *stdio

	mu   sync.Mutex
	held bool     // warnings are kept back
	kept []string // those that were, at most maxKept
}

// maxKept bounds how many warnings are kept back. Those beyond it are dropped.
const maxKept = 100

func newWarner(s *stdio) *warner { return &warner{stdio: s} }

// warn prints a warning, or keeps it back.
func (w *warner) warn(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.held {
		w.stdio.tell("%s", text)
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
	for _, text := range w.kept {
		w.stdio.tell("%s", text)
	}
	w.kept = nil
}
