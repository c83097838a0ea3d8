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
		"diagnostic":    {"severity", "code", "stream", "text"},
		"session-close": {"session", "by", "up", "down", "frames", "streams"},
		"summary":       {"sessions", "streams", "frames", "heartbeats", "diagnostics", "evicted"},
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
	}
	if last != "summary" || seen["summary"] != 1 {
		return nil, fmt.Errorf("%d summaries, and the last event is %s", seen["summary"], last)
	}
	return seen, nil
}
