package interop

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// event has the fields of the relay's JSON Lines that this package reads. It ignores all
// others: the format may get more.
type event struct {
	Event   string    `json:"event"`
	Time    time.Time `json:"time"`
	Session int       `json:"session"`

	Address string `json:"address"` // listen

	Dir      string `json:"dir"`      // frame
	Cmd      string `json:"cmd"`      // frame
	Injected bool   `json:"injected"` // frame

	Toward      string          `json:"toward"`      // heartbeat
	Origin      string          `json:"origin"`      // heartbeat
	RTT         *session.Millis `json:"rtt_ms"`      // heartbeat that was answered
	Lost        bool            `json:"lost"`        // heartbeat
	Late        bool            `json:"late"`        // heartbeat that counted as lost before
	Unsupported bool            `json:"unsupported"` // heartbeat that need not be answered

	Severity string          `json:"severity"` // diagnostic
	Code     json.RawMessage `json:"code"`     // diagnostic: a name; frame: a number
	Text     string          `json:"text"`     // diagnostic
	Missed   uint64          `json:"missed"`   // diagnostic that stands for events that are missing

	Looks map[string]struct {
		Like []string `json:"like"`
	} `json:"looks"` // session-close: what the peers are guessed to be

	Incident uint64 `json:"incident"` // the number of one: incident, and what it is made of
	State    string `json:"state"`    // incident
}

// Events takes the relay's standard output. The goroutine that copies it writes, others
// wait for what is written: mu guards all fields.
type Events struct {
	mu    sync.Mutex
	part  []byte        // a line that has not ended yet
	moved chan struct{} // closed when tally changes, and then replaced
	tally Tally
}

// NewEvents returns an empty Events.
func NewEvents() *Events {
	return &Events{
		moved: make(chan struct{}),
		tally: Tally{
			Closed:      make(map[int]bool),
			Beats:       make(map[int]protocol.ByPeer[session.Figures]),
			Diagnostics: make(map[string]report.Diagnostic),
			Looks:       make(map[string][][]string),
			opened:      make(map[uint64]bool),
		},
	}
}

// behind returns a writer to lines, if not nil, and then to e: who waits for an event finds its line there.
func (e *Events) behind(lines io.Writer) io.Writer {
	if lines == nil {
		return e
	}
	return io.MultiWriter(lines, e)
}

// Write implements [io.Writer]. It never fails: the tally says what is wrong with a line.
func (e *Events) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.part = append(e.part, p...)
	for {
		line, rest, whole := bytes.Cut(e.part, []byte("\n"))
		if !whole {
			break
		}
		e.tally.add(line)
		e.part = rest
	}
	close(e.moved)
	e.moved = make(chan struct{})
	return len(p), nil
}

// Tally returns the tally of the output so far. A line without an end is bad: a reader of
// lines would never get it from a relay that has ended.
func (e *Events) Tally() Tally {
	e.mu.Lock()
	defer e.mu.Unlock()
	tally := e.snapshot()
	if len(e.part) > 0 {
		tally.bad(e.part, errors.New("has no end"))
	}
	return tally
}

// snapshot returns a copy of the tally, which is good without the lock. The caller holds mu.
func (e *Events) snapshot() Tally {
	tally := e.tally
	tally.Closed, tally.Beats, tally.Diagnostics = maps.Clone(tally.Closed), maps.Clone(tally.Beats), maps.Clone(tally.Diagnostics)
	tally.Why, tally.Looks = slices.Clone(tally.Why), maps.Clone(tally.Looks)
	return tally
}

// now returns the tally so far, and what is closed when it changes.
func (e *Events) now() (Tally, <-chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.snapshot(), e.moved
}
