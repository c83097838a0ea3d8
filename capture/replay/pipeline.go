package replay

import (
	"context"
	"io"
	"sync"

	"anytls-inspect/capture/internal/pcapfile"
)

// A pipeline is the stages that batches go through, each a goroutine or several.
type pipeline struct {
	sorter *sorter
	keys   *keys

	free chan *batch   // to be filled
	read chan *batch   // from the reading stage
	work []chan *batch // to each worker
	out  chan *batch   // to be recorded when the workers are done
}

func newPipeline(s *sorter, k *keys) *pipeline {
	n := len(s.workers)
	// One for each goroutine: more would only take them out of the cache.
	batches := n + 3
	p := &pipeline{
		sorter: s, keys: k,
		free: make(chan *batch, batches), read: make(chan *batch, 1),
		work: make([]chan *batch, n), out: make(chan *batch, batches),
	}
	for range batches {
		p.free <- newBatch(n)
	}
	for i := range p.work {
		p.work[i] = make(chan *batch, batches)
	}
	return p
}

// run sends the input through the pipeline, and calls taken with each batch that is
// through, in order, in this goroutine. It returns why it ended: the error that
// ended the reading, io.EOF among them, or nil where ctx did.
func (p *pipeline) run(ctx context.Context, input io.Reader, taken func(*batch)) (err error) {
	// The reading stage can't be waited for: nothing interrupts a read.
	quit := make(chan struct{})
	defer close(quit)
	go p.fill(quit, input)

	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { p.sort(ctx) })
	for i, w := range p.sorter.workers {
		wg.Go(func() {
			for b := range p.work[i] {
				w.work(b)
				b.done.Done()
			}
		})
	}
	for b := range p.out {
		b.done.Wait()
		taken(b)
		if b.last {
			return b.err
		}
		p.free <- b
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
func (p *pipeline) fill(quit <-chan struct{}, input io.Reader) {
	var r *pcapfile.Reader
	for {
		var b *batch
		select {
		case b = <-p.free:
		case <-quit:
			return
		}
		if r == nil {
			if r, b.err = pcapfile.NewReader(input); b.err == nil {
				p.keys.inCapture.Store(r.HasSecrets())
				r.ReadSize = readSize(len(p.work))
			}
		}
		if b.err == nil {
			b.err = r.Next(&b.chunk)
		}
		for _, text := range b.chunk.Secrets {
			p.keys.add(text)
		}
		p.keys.arrived()
		ended := b.err != nil
		select {
		case p.read <- b:
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
func (p *pipeline) sort(ctx context.Context) {
	for last := false; !last; {
		var b *batch
		select {
		case b = <-p.read:
			b.ending = reasonCaptureEnds
		case <-ctx.Done():
			b = newBatch(len(p.work))
			b.last, b.ending = true, reasonStopped
		}
		b.last = b.last || b.err != nil
		last = b.last
		p.sorter.sort(b)
		b.done.Add(len(p.work))
		for _, in := range p.work {
			in <- b
		}
		p.out <- b
	}
	for _, in := range p.work {
		close(in)
	}
	close(p.out)
}
