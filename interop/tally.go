package interop

import (
	"encoding/json"
	"errors"
	"fmt"
)

// A Summary is the relay's own account, its last line.
type Summary struct {
	Sessions   int   `json:"sessions"`
	Streams    int   `json:"streams"`
	Frames     int64 `json:"frames"`
	Heartbeats struct {
		TowardServer Heartbeats `json:"toward_server"`
		TowardClient Heartbeats `json:"toward_client"`
	} `json:"heartbeats"`
	Diagnostics map[string]int `json:"diagnostics"`
	Evicted     int64          `json:"evicted"`
}

// Heartbeats is the relay's account of those that went one way. Cut are those
// whose session ended before an answer was due.
type Heartbeats struct {
	Sent     int     `json:"sent"`
	Answered int     `json:"answered"`
	Lost     int     `json:"lost"`
	Cut      int     `json:"cut"`
	P50      float64 `json:"p50_ms"`
	P95      float64 `json:"p95_ms"`
	P99      float64 `json:"p99_ms"`
	Max      float64 `json:"max_ms"`
}

// A Tally is what the relay's events add up to, counted here line by line so
// that the relay's summary can be held against it.
type Tally struct {
	Lines    int
	Bad      int          // lines that are no events
	Why      []string     // what is wrong with the first few of them
	First    string       // name of the first event
	Last     string       // name of the last event
	Listen   string       // the relay's address
	Sessions int          // opened
	Closed   map[int]bool // sessions that have ended
	Errors   []string     // diagnostics of that severity
	Beats    map[Way]Beats
	Summary  *Summary
}

// A Way is one direction of a session.
type Way struct {
	Session int
	Toward  string // "server" or "client"
}

// Beats counts the injected heartbeats that went some way.
type Beats struct {
	Injected int // requests seen on the wire
	Answered int
	Lost     int
}

// Toward adds up the heartbeats of all sessions toward one side.
func (t Tally) Toward(side string) Beats {
	var sum Beats
	for way, beats := range t.Beats {
		if way.Toward == side {
			sum.Injected += beats.Injected
			sum.Answered += beats.Answered
			sum.Lost += beats.Lost
		}
	}
	return sum
}

// Settled tells whether of each heartbeat that was under way in earlier it is
// known what became of it: it was answered, it was lost, or its session ended.
// While more are injected all the time there may be no moment at which none is.
func (t Tally) Settled(earlier Tally) bool {
	for way, beats := range earlier.Beats {
		now := t.Beats[way]
		if now.Answered+now.Lost < beats.Injected && !t.Closed[way.Session] {
			return false
		}
	}
	return true
}

func (t *Tally) add(line []byte) {
	t.Lines++
	var ev event
	if err := json.Unmarshal(line, &ev); err != nil {
		t.bad(line, err)
		return
	}
	if ev.Event == "" {
		t.bad(line, errors.New("names no event"))
		return
	}
	if t.First == "" {
		t.First = ev.Event
	}
	t.Last = ev.Event
	switch ev.Event {
	case "listen":
		t.Listen = ev.Address
	case "session-open":
		t.Sessions++
	case "session-close":
		t.Closed[ev.Session] = true
	case "frame":
		t.addFrame(line, ev)
	case "heartbeat":
		t.addHeartbeat(line, ev)
	case "diagnostic":
		if ev.Severity == "error" {
			t.Errors = append(t.Errors, fmt.Sprintf("%s: %s", ev.Code, ev.Text))
		}
	case "summary":
		t.Summary = new(Summary)
		if err := json.Unmarshal(line, t.Summary); err != nil {
			t.bad(line, err)
		}
	}
	// Only the summary may speak of no moment in particular.
	if ev.Time.IsZero() && ev.Event != "summary" {
		t.bad(line, errors.New("has no time"))
	}
}

func (t *Tally) addFrame(line []byte, ev event) {
	if !ev.Injected || ev.Cmd != "HeartRequest" {
		return
	}
	switch ev.Dir {
	case "c2s":
		t.count(ev.Session, "server", Beats{Injected: 1})
	case "s2c":
		t.count(ev.Session, "client", Beats{Injected: 1})
	default:
		t.bad(line, errors.New("has no direction"))
	}
}

func (t *Tally) addHeartbeat(line []byte, ev event) {
	switch {
	case ev.Origin != "injected":
	case ev.Toward != "server" && ev.Toward != "client":
		t.bad(line, errors.New("goes toward nobody"))
	case ev.Lost:
		t.count(ev.Session, ev.Toward, Beats{Lost: 1})
	case ev.RTT != nil:
		t.count(ev.Session, ev.Toward, Beats{Answered: 1})
	}
}

func (t *Tally) count(session int, toward string, more Beats) {
	way := Way{session, toward}
	beats := t.Beats[way]
	beats.Injected += more.Injected
	beats.Answered += more.Answered
	beats.Lost += more.Lost
	t.Beats[way] = beats
}

func (t *Tally) bad(line []byte, err error) {
	t.Bad++
	if len(t.Why) < maxExcuses {
		t.Why = append(t.Why, fmt.Sprintf("line %d: %v: %.200s", t.Lines, err, line))
	}
}
