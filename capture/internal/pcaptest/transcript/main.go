// Transcript prints the sessions of captures as a script, in the form that the tests of package
// session play: what each peer sent, how it was cut into records, and when. Long payload is
// zeros, so that a recording of any length is a short text.
//
//	go run ./capture/internal/pcaptest/transcript recording.pcapng
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/replay"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
)

func main() {
	log.SetFlags(0)
	for _, name := range os.Args[1:] {
		if err := transcribe(name); err != nil {
			log.Fatal(err)
		}
	}
}

// transcribe prints the sessions of a capture that has its own keys.
func transcribe(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	t := transcripts{of: make(map[capture.SessionID]*transcript)}
	if err := replay.New(replay.Config{Input: f, Workers: 1}).Run(context.Background(), &t); err != nil {
		return err
	}
	for _, id := range t.order {
		fmt.Printf("session %d\n%s", id, script.Script{Steps: t.of[id].steps}.String())
	}
	return nil
}

// Transcripts are those of all sessions of a capture.
type transcripts struct {
	order []capture.SessionID
	of    map[capture.SessionID]*transcript
}

// A transcript is what happened in a session.
type transcript struct {
	cutter *script.Cutter
	steps  []script.Step
	last   time.Time
	left   protocol.ByDirection[int] // bytes to come of a long PSH that came in pieces
}

// Record implements [capture.Sink].
func (ts *transcripts) Record(e *capture.Event) {
	if e.Kind == capture.Listening || e.Kind == capture.Probed {
		return
	}
	t := ts.of[e.Session]
	if t == nil {
		t = &transcript{cutter: script.NewCutter(1), last: e.At}
		ts.of[e.Session] = t
		ts.order = append(ts.order, e.Session)
	}
	if pause := e.At.Sub(t.last).Round(time.Millisecond); pause > 0 {
		t.steps = append(t.steps, script.Step{Kind: script.Wait, Session: 1, Wait: pause})
	}
	t.last = e.At
	switch e.Kind {
	case capture.Data:
		for _, step := range t.cutter.Record(e.Dir, e.Data, e.Fate, e.Continues) {
			t.blank(&step)
			t.steps = append(t.steps, step)
		}
	case capture.Gap:
		t.steps = append(t.steps, script.Step{Kind: script.Gap, Session: 1, Dir: e.Dir, Missing: e.Missing})
	case capture.Closed:
		t.steps = append(t.steps, script.Step{Kind: script.Close, Session: 1, By: e.By, Text: e.Reason})
	}
}

// blank makes zeros of the payload of a PSH that is longer than a target, and of the pieces of
// one.
func (t *transcript) blank(step *script.Step) {
	const long = 120
	left := &t.left[step.Dir]
	if step.Raw && *left > 0 {
		clear(step.Wire)
		*left -= len(step.Wire)
		return
	}
	h, ok := protocol.ParseHeader(step.Wire)
	if !ok || h.Command != protocol.PSH || int(h.Length) <= long {
		return
	}
	clear(step.Wire[protocol.HeaderLen:])
	*left = protocol.HeaderLen + int(h.Length) - len(step.Wire)
}
