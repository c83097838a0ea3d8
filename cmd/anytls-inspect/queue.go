package main

import (
	"sync"
	"time"
)

// A queue writes texts to an output in the order in which they come, and holds up
// nobody: each waits for a goroutine. It is safe for concurrent use.
type queue struct {
	out    *patientWriter
	room   int         // how many bytes may wait
	failed func(error) // called where the output can't be written; nil: nobody is told

	mu      sync.Mutex // guards what follows
	waiting []byte
	empty   chan struct{} // closed when all is written; nil: all is
}

// put adds a text, of which it keeps a copy, unless too much waits already.
func (q *queue) put(text []byte) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting)+len(text) > q.room {
		return false
	}
	q.waiting = append(q.waiting, text...)
	if q.empty == nil {
		q.empty = make(chan struct{})
		go q.write() // until all is written, or given up
	}
	return true
}

// write writes what waits.
func (q *queue) write() {
	for text := q.take(); len(text) > 0; text = q.take() {
		if _, err := q.out.Write(text); err != nil && q.failed != nil {
			q.failed(err)
		}
	}
}

// take returns all that waits. Where that is nothing, the queue is empty.
func (q *queue) take() (text []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	text, q.waiting = q.waiting, nil
	if len(text) == 0 {
		close(q.empty)
		q.empty = nil
	}
	return text
}

// flush waits until all is written. It gives up where the output takes nothing for as
// long as d.
func (q *queue) flush(d time.Duration) {
	q.out.limitEach(d)
	q.mu.Lock()
	empty := q.empty
	q.mu.Unlock()
	if empty != nil {
		<-empty
	}
}

// settle waits until all is written, and no longer than d. It changes nothing of how long
// writes may take.
func (q *queue) settle(d time.Duration) {
	q.mu.Lock()
	empty := q.empty
	q.mu.Unlock()
	if empty == nil {
		return
	}
	select {
	case <-empty:
	case <-time.After(d):
	}
}
