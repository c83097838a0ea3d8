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
		match, err := filter.Compile(tc.source)
		if err != nil {
			t.Errorf("%s: %v", tc.source, err)
			continue
		}
		if got := [3]bool{match(psh), match(answer), match(preamble)}; got != [3]bool{tc.psh, tc.answer, tc.preamble} {
			t.Errorf("%s: matches PSH, answer, preamble: %v", tc.source, got)
		}
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
