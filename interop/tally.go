package interop

import (
	"encoding/json"
	"errors"
	"fmt"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A Summary is the relay's own account: its last line.
type Summary struct {
	Sessions   uint64            `json:"sessions"`
	Heartbeats report.Heartbeats `json:"heartbeats"`
}

// A Tally adds up the relay's events line by line, so that the relay's summary can be
// compared with it.
type Tally struct {
	Lines    int
	Bad      int          // how many lines are no events
	Why      []string     // what is wrong with the first few of them
	First    string       // name of the first event
	Last     string       // name of the last event
	Listen   string       // the relay's address
	Sessions uint64       // opened
	Closed   map[int]bool // sessions that have ended
	// Beats are the injected heartbeats of each session, by the peer that they went
	// toward. Events give the requests and what became of them, but no quantiles.
	Beats map[int]protocol.ByPeer[session.Figures]
	// Diagnostics are those of the output, by code.
	Diagnostics map[string]report.Diagnostic
	Summary     *Summary

	// Looks are the guesses of the peers' implementations, by the peers' names in events: each
	// is the names of one guess.
	Looks map[string][][]string

	opened map[uint64]bool // the incidents that were told of, by number
}

// Toward adds up the injected heartbeats of all sessions toward one peer.
func (t Tally) Toward(peer protocol.Peer) session.Figures {
	var sum session.Figures
	for _, beats := range t.Beats {
		sum = sum.Plus(beats[peer])
	}
	return sum
}

// Settled tells whether it is known what became of each heartbeat that was under way in
// earlier: it was answered or lost, or its session ended. While the relay injects more, there
// may be no moment at which none is under way.
func (t Tally) Settled(earlier Tally) bool {
	for id, before := range earlier.Beats {
		for peer, now := range t.Beats[id] {
			if now.Settled() < before[peer].Sent && !t.Closed[id] {
				return false
			}
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
		for peer, guess := range ev.Looks {
			t.Looks[peer] = append(t.Looks[peer], guess.Like)
		}
	case "frame":
		t.addFrame(line, ev)
	case "heartbeat":
		t.addHeartbeat(line, ev)
	case "incident":
		if ev.State == "opened" {
			t.opened[ev.Incident] = true
		}
		t.checkIncident(line, ev)
	case "diagnostic":
		t.addDiagnostic(line, ev)
		if ev.Missed == 0 {
			t.checkIncident(line, ev)
		}
	case "summary":
		t.Summary = new(Summary)
		if err := json.Unmarshal(line, t.Summary); err != nil {
			t.bad(line, err)
		}
	}
	// Only the summary has no time.
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
		t.count(ev.Session, protocol.Server, session.Figures{Sent: 1})
	case "s2c":
		t.count(ev.Session, protocol.Client, session.Figures{Sent: 1})
	default:
		t.bad(line, errors.New("has no direction"))
	}
}

func (t *Tally) addHeartbeat(line []byte, ev event) {
	peer, known := sides[ev.Toward]
	switch {
	case !known:
		t.bad(line, errors.New("goes toward nobody"))
		return
	case ev.Late:
		return // it counted as lost before
	case ev.Origin != "injected":
	case ev.Unsupported:
		t.count(ev.Session, peer, session.Figures{Unsupported: 1})
	case ev.Lost:
		t.count(ev.Session, peer, session.Figures{Lost: 1})
	case ev.RTT != nil:
		t.count(ev.Session, peer, session.Figures{Answered: 1})
	}
}

// maxWhy is how many bad lines are kept.
const maxWhy = 5

// sides are the peers by their names in events.
var sides = map[string]protocol.Peer{"server": protocol.Server, "client": protocol.Client}

// checkIncident counts a line as bad that names no incident which was told of before.
func (t *Tally) checkIncident(line []byte, ev event) {
	if !t.opened[ev.Incident] {
		t.bad(line, fmt.Errorf("is of incident %d, which was not opened", ev.Incident))
	}
}

func (t *Tally) addDiagnostic(line []byte, ev event) {
	var code string
	if err := json.Unmarshal(ev.Code, &code); err != nil {
		t.bad(line, err)
		return
	}
	d, known := t.Diagnostics[code]
	if !known {
		d = report.Diagnostic{Code: session.Code(code), Severity: ev.Severity, Text: ev.Text}
	}
	d.Count++
	t.Diagnostics[code] = d
}

// count adds to the heartbeats of a session toward a peer.
func (t *Tally) count(id int, toward protocol.Peer, more session.Figures) {
	beats := t.Beats[id]
	beats[toward] = beats[toward].Plus(more)
	t.Beats[id] = beats
}

// bad counts a line that is no event.
func (t *Tally) bad(line []byte, err error) {
	t.Bad++
	if len(t.Why) < maxWhy {
		t.Why = append(t.Why, fmt.Sprintf("line %d: %v: %.200s", t.Lines, err, line))
	}
}
