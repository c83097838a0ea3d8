package main

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// maxUntold bounds how much waits to be written to standard error, in bytes.
const maxUntold = 64 << 10

// maxTold bounds one text, so that there is room for it, whatever a peer has put into it.
const maxTold = 8 << 10

// A stderr writes to standard error, what is safe on a terminal, and holds up nobody. Where too
// much waits, because nobody reads standard error, texts are dropped, and how many is told when
// there is room again. It is safe for concurrent use.
type stderr struct {
	queue *queue

	mu      sync.Mutex // guards dropped, and the order of texts
	dropped int
}

func newStderr(file io.Writer) *stderr {
	return &stderr{queue: &queue{out: newPatientWriter(file), room: maxUntold}}
}

// Write implements [io.Writer]. It never fails: there is nobody to tell.
func (e *stderr) Write(text []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := len(text)
	text = visible(text) // names of files are anybody's, as those in a folder of captures
	if len(text) > maxTold {
		text = append(bytes.ToValidUTF8(text[:maxTold:maxTold], nil), "…\n"...)
	}
	all := text
	if e.dropped > 0 {
		all = append(fmt.Appendf(nil, "%s: %d messages were dropped here: nobody read them\n", program, e.dropped), text...)
	}
	if e.queue.put(all) {
		e.dropped = 0
	} else {
		e.dropped++
	}
	return n, nil
}
