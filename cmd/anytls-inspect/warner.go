package main

import (
	"fmt"
	"slices"
	"sync"
)

// A warner tells the user on standard error what goes wrong outside of sessions: at
// once, or while that would spoil the screen, later. It is safe for concurrent use.
type warner struct {
	stdio *stdio

	mu      sync.Mutex
	held    bool     // warnings are kept back
	kept    []string // those that were, at most maxKept, oldest first
	dropped int      // how many others there were
}

// maxKept bounds how many warnings are kept back. Those beyond it are counted.
const maxKept = 100

func newWarner(s *stdio) *warner { return &warner{stdio: s} }

// warn prints a warning, or keeps it back.
func (w *warner) warn(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !w.held:
		w.stdio.tell("%s", text)
	case len(w.kept) < maxKept:
		w.kept = append(w.kept, text)
	default:
		w.dropped++
	}
}

// holds tells whether warnings are kept back.
func (w *warner) holds() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.held
}

// keptBack returns the warnings that are kept back, oldest first.
func (w *warner) keptBack() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.kept)
}

// hold keeps back the warnings from now on. What was told before is written when it returns,
// unless standard error takes nothing for long.
func (w *warner) hold() {
	w.mu.Lock()
	w.held = true
	w.mu.Unlock()
	w.stdio.err.queue.settle(endPatience)
}

// release prints the warnings that were kept back, in order, and keeps back no more.
func (w *warner) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = false
	for _, text := range w.kept {
		w.stdio.tell("%s", text)
	}
	if w.dropped > 0 {
		w.stdio.tell("%s", fmt.Sprintf("later warnings that there was no room for: %d", w.dropped))
	}
	w.kept, w.dropped = nil, 0
}
