package guide

import (
	"cmp"
	"errors"
	"os"
	"strings"
	"time"

	"anytls-inspect/capture/guide/process"
	"anytls-inspect/protocol"
)

// called returns the name of an end, also of one that nobody named.
func (e *End) called(p protocol.Peer) string { return cmp.Or(e.Peer.String(), p.String()) }

// isEarly tells whether the end is started, and listens before it is ready.
func (e *End) isEarly() bool { return e.Command != nil && e.Command.Early }

// An end is a server or a client of a rig.
type end struct {
	*End
	peer    protocol.Peer
	process *process.Process // nil: it runs already
	// logFrom is where in its log that counts begins which is of this rig.
	logFrom int64
}

// done is closed when the end has ended; nil: nobody would know.
func (e *end) done() <-chan struct{} {
	if e.process == nil {
		return nil
	}
	return e.process.Done()
}

// log returns the path of the end's log; empty: none is known.
func (e *end) log() string {
	if e.process != nil {
		return e.process.Log()
	}
	return e.Log
}

// cpu returns the CPU time that the end has taken so far. It is for ends of which a process is
// known.
func (e *end) cpu() (time.Duration, error) {
	if e.process != nil {
		return e.process.CPU()
	}
	return process.CPU(e.PID)
}

// sizeOf returns the size of a file; 0 where there is none.
func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// lastWords returns an error that says in one line what is wrong with a program, with the last lines
// of its output: few, so that the very last one is there where a report cuts a text.
func lastWords(err error) error {
	const most = 2
	var failure *process.Failure
	if !errors.As(err, &failure) || len(failure.Lines) == 0 {
		return err
	}
	lines := failure.Last(most)
	return errors.New(failure.Text + ", and wrote last: “" + strings.Join(lines, "”, “") + "”")
}
