package replay

import (
	"context"
	"io"
	"sync"

	"anytls-inspect/capture/internal/pcapfile"
)

// A line is the stages that batches go through, each a goroutine or several.
type line struct {
	sorter *sorter
	keys   *keys

	free chan *batch   // to be filled
	read chan *batch   // from the reading stage
	work []chan *batch // to each worker
	out  chan *batch   // to be recorded when the workers are done
}

func newLine(s *sorter, k *keys) *line {
	n := len(s.workers)
	// One for each goroutine: more would only take them out of the cache.
	batches := n + 3
	l := &line{
		sorter: s, keys: k,
		free: make(chan *batch, batches), read: make(chan *batch, 1),
		work: make([]chan *batch, n), out: make(chan *batch, batches),
	}
	for range batches {
		l.free <- newBatch(n)
	}
	for i := range l.work {
		l.work[i] = make(chan *batch, batches)
	}
	return l
}

// run sends the input through the line, and calls taken with each batch that is
// through, in order, in this goroutine. It returns why it ended: the error that
// ended the reading, io.EOF among them, or nil where ctx did.
func (l *line) run(ctx context.Context, input io.Reader, taken func(*batch)) (err error) {
	// The reading stage can't be waited for: nothing interrupts a read.
	quit := make(chan struct{})
	defer close(quit)
	go l.fill(quit, input)

	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { l.sort(ctx) })
	for i, w := range l.sorter.workers {
		wg.Go(func() {
			for b := range l.work[i] {
				w.work(b)
				b.done.Done()
			}
		})
	}
	for b := range l.out {
		b.done.Wait()
		taken(b)
		if b.last {
			return b.err
		}
		l.free <- b
	}
	return nil
}

// readSize returns how many bytes are read at once. One worker on one core is
// fastest while a batch stays in the core's cache; several cores only where
// batches are so large that handing them on costs little beside them.
func readSize(workers int) int {
	if workers == 1 {
		return 128 << 10
	}
	return 1 << 20
}

// fill is the reading stage.
func (l *line) fill(quit <-chan struct{}, input io.Reader) {
	var r *pcapfile.Reader
	for {
		var b *batch
		select {
		case b = <-l.free:
		case <-quit:
			return
		}
		if r == nil {
			if r, b.err = pcapfile.NewReader(input); b.err == nil {
				l.keys.inCapture.Store(r.HasSecrets())
				r.ReadSize = readSize(len(l.work))
			}
		}
		if b.err == nil {
			b.err = r.Next(&b.chunk)
		}
		for _, text := range b.chunk.Secrets {
			l.keys.add(text)
		}
		l.keys.arrived()
		ended := b.err != nil
		select {
		case l.read <- b:
		case <-quit:
			return
		}
		if ended {
			return
		}
	}
}

// sort is the sorting stage. It hands on batches until one is the last: the one
// in which reading ended, or when ctx ends an empty one.
func (l *line) sort(ctx context.Context) {
	for last := false; !last; {
		var b *batch
		select {
		case b = <-l.read:
			b.ending = reasonCaptureEnds
		case <-ctx.Done():
			b = newBatch(len(l.work))
			b.last, b.ending = true, reasonStopped
		}
		b.last = b.last || b.err != nil
		last = b.last
		l.sorter.sort(b)
		b.done.Add(len(l.work))
		for _, in := range l.work {
			in <- b
		}
		l.out <- b
	}
	for _, in := range l.work {
		close(in)
	}
	close(l.out)
}
