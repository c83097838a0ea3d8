package replay

import (
	"context"
	"sync"
)

// A pipeline has the stages that batches go through: see the package's doc comment.
// A batch goes from free to the read stage, by read to the sort stage, by work to
// all workers and by out to run, which waits for the workers and puts it into free
// again.
type pipeline struct {
	sorter *sorter
	keys   *keys

	free chan *batch
	read chan *batch
	work []chan *batch // by worker
	out  chan *batch
}

// newPipeline returns the pipeline of a sorter and its workers.
func newPipeline(s *sorter, k *keys) *pipeline {
	n := len(s.workers)
	// One for each goroutine. More would not fit into the cores' caches.
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

// run sends the inputs through the pipeline, and calls taken with each batch that
// the workers are done with, in order, in this goroutine. It returns the error that
// ended the reading, which is io.EOF at the end of the capture, or nil where ctx
// ended.
func (p *pipeline) run(ctx context.Context, inputs []*input, taken func(*batch)) (err error) {
	// The read stage ends with the inputs, or when quit is closed. run does not wait
	// for it: nothing can interrupt a read.
	quit := make(chan struct{})
	defer close(quit)
	go p.fill(quit, inputs)

	// The sort stage ends with the last batch, which it makes itself where ctx
	// ends. It then closes the channels of the workers, which ends them.
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

// readSize returns how many bytes are read at once. One worker is fastest while the batches
// stay in its core's cache, and are few. Several are where a batch is so large that handing
// it over costs little beside the work.
func readSize(workers int) int {
	if workers == 1 {
		return 256 << 10
	}
	return 1 << 20
}

// fill is the read stage. It ends with the inputs, or when quit is closed.
func (p *pipeline) fill(quit <-chan struct{}, inputs []*input) {
	var r packetReader
	for {
		var b *batch
		select {
		case b = <-p.free:
		case <-quit:
			return
		}
		if r == nil {
			if r, b.err = open(inputs, readSize(len(p.work))); b.err == nil {
				p.keys.inCapture.Store(r.HasSecrets())
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

// sort is the sort stage. It hands batches on up to the last: the one in which
// reading ended or, where ctx ends first, an empty one.
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
