package replay

import (
	"context"
	"errors"
	"io"
	"runtime"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/tcpflow"
)

// A Config says what to replay, and how. Only Input has to be set, or Inputs.
type Config struct {
	// Input is the capture, at its start: pcap or pcapng, or gzip of either. A file
	// is read as fast as its events are taken, a pipe as it grows.
	//
	// Where Input can be read twice (it is an io.ReaderAt with a size, as a regular
	// file is), the secrets in a pcapng file are found wherever they stand. Else
	// they have to come before more than 1 MiB of a direction, or 32 MiB of all
	// sessions together, wait for them.
	Input io.Reader
	// Inputs are several captures, of any formats, that are read as one: in the order of
	// their packets' times. A session may go on from one to the next, and secrets of any
	// are those of all. One that is cut short, or damaged, or no capture ends for itself;
	// messages call it by its method Name, where it has one. What comes later than what a
	// pipe among them brings waits for it. Input is nil then.
	Inputs []io.Reader
	// KeyLogs are key logs in NSS format. They are read on where they grow, and
	// must not block: files, not pipes. Warnings call one by its method Name, where
	// it has one. One whose method Absent returns true is not there yet.
	KeyLogs []io.Reader
	// Leg names the only leg of a recording of the relay that is replayed, as it was on the
	// wire. NoLeg stands for both, whose sessions are then as the relay had them, and for all
	// else.
	Leg capture.Leg

	// Progress is called when the events of each read were recorded, with the
	// number of bytes that were read so far, of all inputs, and with their size, -1
	// where that is not known. It may be nil.
	Progress func(read, size int64)
	// Warn is called with what concerns no session: a capture that is cut short,
	// packets that are left out. Several goroutines may call it at once. It may be
	// nil.
	Warn func(string)

	// Workers is how many goroutines decode TCP and TLS; 0 stands for as many as
	// there are cores, at most 8. A single one need not copy events to put them
	// into order.
	Workers int
}

// A Source replays a capture.
type Source struct {
	cfg    Config
	inputs []*input
	size   int64       // of all inputs; -1 where it is not known
	again  []io.Reader // the inputs from their starts; nil where not all can be read twice

	periodic capture.Periodic
}

// New returns a source for a capture. It reads nothing yet.
func New(cfg Config) *Source {
	if cfg.Progress == nil {
		cfg.Progress = func(int64, int64) {}
	}
	if cfg.Warn == nil {
		cfg.Warn = func(string) {}
	}
	if cfg.Workers <= 0 {
		cfg.Workers = runtime.GOMAXPROCS(0)
	}
	cfg.Workers = min(cfg.Workers, maxWorkers)
	s := &Source{cfg: cfg}
	readers := cfg.Inputs
	if len(readers) == 0 {
		readers = []io.Reader{cfg.Input}
	}
	for i, r := range readers {
		in := newInput(r, i+1)
		s.inputs = append(s.inputs, in)
		if again := in.again(); again != nil {
			s.again = append(s.again, again)
		}
		if in.size < 0 || s.size < 0 {
			s.size = -1
		} else {
			s.size += in.size
		}
	}
	if len(s.again) < len(s.inputs) {
		s.again = nil
	}
	return s
}

// Run replays the capture into the sink, once. It returns nil when the capture has
// ended and all is recorded, or soon after ctx ends. A capture that is cut short is
// no error either, but a warning. Run fails where the input is no capture, is
// damaged, or can't be read; of several, when it has read the others. It closes the
// sessions in any case.
//
// The sink may take its time: the replay waits for it, and so does the input. A
// read of the input that blocks when ctx ends goes on until it returns; nothing
// comes of it.
func (s *Source) Run(ctx context.Context, sink capture.Sink) error {
	keys := newKeys(s.cfg.KeyLogs, s.again, s.cfg.Warn)
	keys.stopped = func() bool { return ctx.Err() != nil }
	limits := tcpflow.DefaultLimits()
	workers := make([]*worker, s.cfg.Workers)
	for i := range workers {
		workers[i] = newWorker(i, keys, limits)
	}
	memory := new(slabs)
	for _, w := range workers {
		w.memory, w.pipe = memory, s.size < 0
	}
	if len(workers) == 1 {
		workers[0].sink = sink
	}
	sorter := newSorter(workers, s.cfg.Leg)
	sorter.sums = s.size <= smallCapture // that of a pipe is not known
	pipe := newPipeline(sorter, keys)
	err := pipe.run(ctx, s.inputs, func(b *batch) {
		b.emit(sink, memory)
		if b.chunk.Read > 0 { // else it only ends the sessions
			s.cfg.Progress(b.chunk.Read, s.size)
		}
	})
	s.periodic = sorter.pairs.periodic
	keys.ended()
	err = s.judge(err)
	for _, warning := range sorter.warnings(err == nil) {
		s.cfg.Warn(warning)
	}
	return err
}

// Periodic returns how often the relay asked the peers when the first session of a recording
// began, once Run has returned. It is zero where it did not, and where the capture does not
// say so.
func (s *Source) Periodic() capture.Periodic { return s.periodic }

// judge returns the error of a run whose reading ended with err: nil where that is
// the end of the capture, also of one that is cut short.
func (s *Source) judge(err error) error {
	var broken *brokenError
	if errors.As(err, &broken) {
		for _, warning := range broken.warnings {
			s.cfg.Warn(warning)
		}
		return errors.Join(broken.failures...)
	}
	warning, failure := judge(err)
	if warning != "" {
		s.cfg.Warn(warning)
	}
	return failure
}
