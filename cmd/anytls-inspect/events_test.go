package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// contract returns the fields of each event that scripts outside rely on.
func contract() map[string][]string {
	return map[string][]string{
		"listen":        {"address"},
		"session-open":  {"session", "client", "server"},
		"auth":          {"session", "padding", "password", "fingerprint"},
		"frame":         {"session", "dir", "code", "cmd", "stream", "len"},
		"stream-open":   {"session", "stream", "target"},
		"stream-close":  {"session", "stream", "by", "up", "down"},
		"heartbeat":     {"session", "toward", "origin"},
		"diagnostic":    {"severity", "code", "stream", "text", "incident"},
		"incident":      {"incident", "state", "cause", "severity", "since", "sessions", "streams", "effects", "text", "advice"},
		"rule":          {"session", "dir", "rule", "action", "frame"},
		"session-close": {"session", "by", "up", "down", "frames", "streams"},
		"summary":       {"sessions", "streams", "frames", "heartbeats", "diagnostics", "incidents", "evicted"},
	}
}

// events checks a file of JSON Lines: each line is an event with the fields of
// the contract, the first is listen, or the first few where these name routes, the last
// is summary, and those named as arguments occur: events FILE [EVENT…].
func events(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: events FILE [EVENT…]")
	}
	seen, err := checkEvents(ts.ReadFile(args[0]))
	if err != nil {
		ts.Fatalf("%s: %v", args[0], err)
	}
	for _, name := range args[1:] {
		if seen[name] == 0 {
			ts.Fatalf("%s has no event %s", args[0], name)
		}
	}
}

// checkEvents checks JSON Lines as the command events does. It returns how often each
// event occurs.
func checkEvents(text string) (seen map[string]int, err error) {
	seen = make(map[string]int)
	var sums told
	last := ""
	n := 0
	for line := range strings.Lines(text) {
		n++
		var e map[string]any
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		name, _ := e["event"].(string)
		fields, ok := contract()[name]
		if !ok {
			return nil, fmt.Errorf("line %d: no such event: %s", n, line)
		}
		for _, f := range fields {
			if _, ok := e[f]; !ok {
				return nil, fmt.Errorf("line %d: %s without %s: %s", n, name, f, line)
			}
		}
		if _, ok := e["time"]; !ok && name != "summary" {
			return nil, fmt.Errorf("line %d: %s without time", n, name)
		}
		_, named := e["route"]
		if first := n == 1 || named && n == seen["listen"]+1; n == 1 && name != "listen" || name == "listen" && !first {
			return nil, fmt.Errorf("line %d: listen is the first event, and only that: %s", n, line)
		}
		seen[name]++
		last = name
		if err := sums.add([]byte(line)); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if last != "summary" || seen["summary"] != 1 {
		return nil, fmt.Errorf("%d summaries, and the last event is %s", seen["summary"], last)
	}
	return seen, nil
}

// told counts what events tell: the summary has to say the same.
type told struct {
	sessions, streams, refusals uint64
	answered, lost              map[string]uint64 // heartbeats, by the peer that they go to
	opened                      map[uint64]bool   // incidents, by number
}

// add counts a line. It fails where that is a summary that says something else, or of an
// incident that was not opened before.
func (c *told) add(line []byte) error {
	var e struct {
		Event, Toward, Error, State string
		RTT                         float64 `json:"rtt_ms"`
		Lost                        bool
		Incident, Missed            uint64
	}
	if err := json.Unmarshal(line, &e); err != nil {
		return err
	}
	if e.State == "opened" {
		if c.opened == nil {
			c.opened = make(map[uint64]bool)
		}
		c.opened[e.Incident] = true
	}
	if named := e.Incident > 0 || e.Event == "diagnostic" && e.Missed == 0; named && !c.opened[e.Incident] {
		return fmt.Errorf("it is of incident %d, which was not opened: %s", e.Incident, line)
	}
	switch e.Event {
	case "session-open":
		c.sessions++
	case "stream-open":
		c.streams++
	case "stream-close":
		if e.Error != "" {
			c.refusals++
		}
	case "heartbeat":
		if c.answered == nil {
			c.answered, c.lost = make(map[string]uint64), make(map[string]uint64)
		}
		switch {
		case e.Lost:
			c.lost[e.Toward]++
		case e.RTT > 0:
			c.answered[e.Toward]++
		}
	case "summary":
		return c.check(line)
	}
	return nil
}

// check fails where a summary does not say what was counted.
func (c *told) check(line []byte) error {
	type beats struct{ Sent, Answered, Lost, Cut, Unsupported uint64 }
	var s struct {
		Sessions, Streams uint64
		Heartbeats        map[string]beats
		Diagnostics       map[string]uint64
	}
	if err := json.Unmarshal(line, &s); err != nil {
		return err
	}
	if s.Sessions != c.sessions || s.Streams != c.streams || s.Diagnostics["synack-error"] != c.refusals {
		return fmt.Errorf("the summary has %d sessions, %d streams and %d refusals, and the events tell of %d, %d and %d",
			s.Sessions, s.Streams, s.Diagnostics["synack-error"], c.sessions, c.streams, c.refusals)
	}
	for _, peer := range []string{"server", "client"} {
		h := s.Heartbeats["toward_"+peer]
		if h.Answered != c.answered[peer] || h.Lost != c.lost[peer] || h.Sent != h.Answered+h.Lost+h.Cut+h.Unsupported {
			return fmt.Errorf("the summary has these heartbeats toward the %s: %+v, and the events tell of %d answered and %d lost",
				peer, h, c.answered[peer], c.lost[peer])
		}
	}
	return nil
}
