package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
)

// outputs tell what fails of what a run writes: the user at once, on standard error, and
// the journal, which has it for the summary, the screen and the report. They tell of each
// output once. They are safe for concurrent use, and hold up nobody.
type outputs struct {
	warner  *warner
	journal *journal.Journal // nil: the run has several, and none has it

	mu     sync.Mutex // guards failed
	failed []failedOutput
}

type failedOutput struct {
	output journal.Output
	closed bool // who read it has closed it, which is no error
}

// fail tells that an output is not whole, unless that was told. The text is for the user.
func (o *outputs) fail(output journal.Output, err error, text string) {
	closed := errors.Is(err, errClosedPipe) || errors.Is(err, syscall.EPIPE)
	if !o.enter(output, closed) {
		return
	}
	o.warner.warn(text)
	if output == journal.StandardOutput && closed {
		return // as it has to be with | head
	}
	if o.journal != nil {
		o.journal.OutputFailed(time.Now(), output, protocol.Printable(err.Error()))
	}
}

// cut tells that a session is recorded no further. That is a diagnostic alone; where there is no
// journal to have it, the recording says it.
func (o *outputs) cut(id capture.SessionID, text string) {
	if o.journal == nil {
		return
	}
	o.journal.DiagnoseSession(time.Now(), id, journal.CodeRecordingCut, protocol.Printable(text))
}

// enter enters an output that failed. It returns false where it is one of them already.
func (o *outputs) enter(output journal.Output, closed bool) (first bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.find(output) {
		return false
	}
	o.failed = append(o.failed, failedOutput{output, closed})
	return true
}

// broken returns what a drain is to call where standard output can't be written. End ends
// the run. It is nil where the sessions are those of others, which go on without it. Then
// a closed pipe is told, too.
func (o *outputs) broken(end context.CancelFunc) func(error) {
	goesOn := ""
	if end == nil {
		goesOn, end = "; the relay goes on", func() {}
	}
	return func(err error) {
		defer end()
		const output = journal.StandardOutput
		switch closed := errors.Is(err, errClosedPipe); {
		case isGivenUp(err): // finish tells how much is missing
		case closed && goesOn == "":
			o.enter(output, closed)
		case closed:
			o.fail(output, err, "standard output was closed by who read it"+goesOn)
		default:
			err = reasonOf(err)
			o.fail(output, err, fmt.Sprintf("standard output can't be written: %v%s", err, goesOn))
		}
	}
}

// finish prints the rest of what a drain has read and the summary. It tells how much is
// missing on standard output: the summary, too, unless it is missing itself.
func (o *outputs) finish(d *drain) {
	d.printRest()
	o.tellShortfall(d)
	d.finish()
	o.tellShortfall(d)
}

// tellShortfall tells what standard output lacks, if anything.
func (o *outputs) tellShortfall(d *drain) {
	if s := d.shortfall(); s.why != nil {
		o.fail(journal.StandardOutput, s.why, s.text())
	}
}

// has tells whether an output is one of those that failed, or were closed.
func (o *outputs) has(output journal.Output) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.find(output)
}

// find does what has does. The caller holds mu.
func (o *outputs) find(output journal.Output) bool {
	return slices.ContainsFunc(o.failed, func(f failedOutput) bool { return f.output == output })
}

// err returns an error that names the outputs that are not whole, nil where there is
// none. A pipe that was closed by who read it is none.
func (o *outputs) err() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var names []string
	for _, f := range o.failed {
		if !f.closed {
			names = append(names, string(f.output))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("what was written is not whole: %s", strings.Join(names, ", "))
}

// reasonOf returns why a file can't be written, without the file, which the caller names.
func reasonOf(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
