package filter_test

import (
	"strings"
	"testing"

	"anytls-inspect/capture/filter"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

func TestMatch(t *testing.T) {
	psh := &journal.Entry{Session: 2, Route: "eu", Header: protocol.Header{Command: protocol.PSH, Stream: 3, Length: 100}}
	answer := &journal.Entry{
		Session: 1, Dir: protocol.ServerToClient, Header: protocol.Header{Command: protocol.HeartResponse},
		Fate: session.Fate{Kind: session.Absorbed},
	}
	preamble := &journal.Entry{Preamble: true}
	for _, tc := range []struct {
		source                string
		psh, answer, preamble bool
	}{
		{`cmd == "PSH"`, true, false, false},
		{`cmd == "PSH" && stream == 3`, true, false, false},
		{`cmd in ["SYN", "preamble"]`, false, false, true},
		{`cmd startsWith "Heart" || len > 99`, true, true, false},
		{`dir == "s2c"`, false, true, false},
		{`absorbed or injected`, false, true, false},
		{`session == 2`, true, false, false},
		{`route == "eu"`, true, false, false},
		{`code == 9`, false, true, false},
		{`len % stream == 1`, true, false, false}, // a division by zero matches nothing
	} {
		f, err := filter.Compile(tc.source)
		if err != nil {
			t.Errorf("%s: %v", tc.source, err)
			continue
		}
		match := f.Match
		if got := [3]bool{match(psh), match(answer), match(preamble)}; got != [3]bool{tc.psh, tc.answer, tc.preamble} {
			t.Errorf("%s: matches PSH, answer, preamble: %v", tc.source, got)
		}
	}
}

// TestFailure: an expression that fails at a frame says so once, says at which, and goes
// on with the frames at which it does not fail.
func TestFailure(t *testing.T) {
	f, err := filter.Compile(`7 % stream == 1 && cmd != "\x1b[2J"`)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	f.OnFailure(func(reason string) { told = append(told, reason) })
	settings := &journal.Entry{Session: 5, Header: protocol.Header{Command: protocol.Settings, Length: 12}}
	psh := &journal.Entry{Session: 5, Header: protocol.Header{Command: protocol.PSH, Stream: 3}}
	for range 3 {
		if f.Match(settings) {
			t.Error("it chooses a frame at which it fails")
		}
		if !f.Match(psh) {
			t.Error("it does not choose a frame at which it does not fail")
		}
	}
	if len(told) != 1 {
		t.Fatalf("it told %q, want one line", told)
	}
	for _, part := range []string{"7 % stream", "Settings of session 5 (c2s, stream 0, 12 bytes)", "divide by zero", "not shown"} {
		if !strings.Contains(told[0], part) {
			t.Errorf("it told %q, without %q", told[0], part)
		}
	}
	if strings.ContainsAny(told[0], "\n\x1b") {
		t.Errorf("what it told is not printable: %q", told[0])
	}
}

func TestErrors(t *testing.T) {
	for source, want := range map[string]string{
		`cmd = "PSH"`:   "filter",
		`command == 1`:  "command",
		`stream`:        "bool",
		`stream == "a"`: "mismatched",
	} {
		if _, err := filter.Compile(source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one that says %q", source, err, want)
		}
	}
}
