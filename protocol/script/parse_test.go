package script_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
	"anytls-inspect/protocol/session"
)

const (
	c2s = protocol.ClientToServer
	s2c = protocol.ServerToClient
)

// frame returns a frame's wire form.
func frame(c protocol.Command, stream uint32, data string) []byte {
	wire, err := protocol.AppendFrame(nil, c, stream, []byte(data))
	if err != nil {
		panic(err)
	}
	return wire
}

// TestParse holds what each line of the language says.
func TestParse(t *testing.T) {
	const longHash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b" // of "secret"
	preamble := protocol.Preamble{Hash: protocol.HashPassword("secret"), Padding: 3}.Append(nil)
	data := func(dir protocol.Direction, wire []byte) script.Step {
		return script.Step{Kind: script.Data, Line: 1, Session: 1, Dir: dir, Wire: wire}
	}
	with := func(st script.Step, change func(*script.Step)) script.Step {
		change(&st)
		return st
	}
	raw := func(wire string) script.Step {
		st := data(c2s, nil)
		st.Raw, st.Wire = true, append(st.Wire, wire...)
		return st
	}
	tests := []struct {
		line string
		want script.Step
	}{
		{"c> SYN 1", data(c2s, frame(protocol.SYN, 1, ""))},
		{"s> synack 4294967295", data(s2c, frame(protocol.SYNACK, 1<<32-1, ""))},
		{"\tc>\tSyn\t1\t\r", data(c2s, frame(protocol.SYN, 1, ""))},
		{"c> 42 7 hex 0001ff # a code", data(c2s, frame(42, 7, "\x00\x01\xff"))},
		{"c> SETTINGS v=2 client=x#1/1", data(c2s, frame(protocol.Settings, 0, "v=2\nclient=x#1/1"))},
		{`c> PSH 1 "a" "b\n" zeros 2 hex 01`, data(c2s, frame(protocol.PSH, 1, "ab\n\x00\x00\x01"))},
		{`c> PSH "1"`, data(c2s, frame(protocol.PSH, 0, "1"))},
		{`c> PSH 1 target a:80 "x"`, data(c2s, frame(protocol.PSH, 1, "\x03\x01a\x00\x50x"))},
		{"c> PSH 1 target [::1]:80", data(c2s, frame(protocol.PSH, 1, "\x04"+strings.Repeat("\x00", 15)+"\x01\x00\x50"))},
		{"c> PSH 1 request 1.2.3.4:5", data(c2s, frame(protocol.PSH, 1, "\x00\x01\x01\x02\x03\x04\x00\x05"))},
		{"c> PSH 1 connect a:5", data(c2s, frame(protocol.PSH, 1, "\x01\x03\x01a\x00\x05"))},
		{`c> PSH 1 datagram 1.2.3.4:5 "q"`, data(c2s, frame(protocol.PSH, 1, "\x00\x01\x02\x03\x04\x00\x05\x00\x01q"))},
		{"c> SYN 1 ...", with(data(c2s, frame(protocol.SYN, 1, "")), func(st *script.Step) { st.Continues = true })},
		{`c> PSH 1 "..."`, data(c2s, frame(protocol.PSH, 1, "..."))},
		{"c> HEARTREQUEST injected", with(data(c2s, frame(protocol.HeartRequest, 0, "")), func(st *script.Step) { st.Fate.Kind = session.Injected })},
		{"s> SYNACK 3 rule 65535 held 2.5s", with(data(s2c, frame(protocol.SYNACK, 3, "")), func(st *script.Step) {
			st.Fate = session.Fate{Kind: session.Held, Rule: 65535, Held: 2500 * time.Millisecond}
		})},
		{"s> SYNACK 3 held 1ms repeated", with(data(s2c, frame(protocol.SYNACK, 3, "")), func(st *script.Step) {
			st.Fate = session.Fate{Kind: session.Repeated, Held: time.Millisecond}
		})},
		{"c> PSH 1 dropped rule 2", with(data(c2s, frame(protocol.PSH, 1, "")), func(st *script.Step) {
			st.Fate = session.Fate{Kind: session.Dropped, Rule: 2}
		})},
		{"s> raw 09 absorbed ...", with(raw("\x09"), func(st *script.Step) {
			st.Dir, st.Fate.Kind, st.Continues = s2c, session.Absorbed, true
		})},
		{`c> PSH 1 "absorbed"`, data(c2s, frame(protocol.PSH, 1, "absorbed"))},
		{"c> preamble secret 3", data(c2s, preamble)},
		{"c> PREAMBLE hash " + longHash + " 3 injected", with(data(c2s, preamble), func(st *script.Step) { st.Fate.Kind = session.Injected })},
		{"c> PREAMBLE hash 3", data(c2s, protocol.Preamble{Hash: protocol.HashPassword("hash"), Padding: 3}.Append(nil))},
		{`c> PREAMBLE "hash" 3`, data(c2s, protocol.Preamble{Hash: protocol.HashPassword("hash"), Padding: 3}.Append(nil))},
		{`c> RAW 02 "hi" zeros 3 0001ff`, raw("\x02hi\x00\x00\x00\x00\x01\xff")},
		{"c> raw", raw("")},
		{"+ 1m 2.5s", script.Step{Kind: script.Wait, Line: 1, Session: 1, Wait: 62500 * time.Millisecond}},
		{"gap s 100", script.Step{Kind: script.Gap, Line: 1, Session: 1, Dir: s2c, Missing: 100}},
		{"gap c> -1", script.Step{Kind: script.Gap, Line: 1, Session: 1, Dir: c2s, Missing: -1}},
		{`unseen s "no key"`, script.Step{Kind: script.Unseen, Line: 1, Session: 1, Dir: s2c, Text: "no key"}},
		{"order 50ms", script.Step{Kind: script.Order, Line: 1, Session: 1, Within: 50 * time.Millisecond}},
		{"order uncertain", script.Step{Kind: script.Order, Line: 1, Session: 1, Uncertain: true}},
		{"gone c", script.Step{Kind: script.Gone, Line: 1, Session: 1, Dir: c2s}},
		{"blocked c> 5 silent for 1s", script.Step{Kind: script.Blocked, Line: 1, Session: 1, Dir: c2s, Bytes: 5, Silent: true, For: time.Second}},
		{"blocked c> 120000", script.Step{Kind: script.Blocked, Line: 1, Session: 1, Dir: c2s, Bytes: 120000}},
		{"blocked s 7 for 2.5s", script.Step{Kind: script.Blocked, Line: 1, Session: 1, Dir: s2c, Bytes: 7, For: 2500 * time.Millisecond}},
		{"unblocked s>", script.Step{Kind: script.Unblocked, Line: 1, Session: 1, Dir: s2c}},
		{`waits s "no byte" for 1m`, script.Step{Kind: script.Waits, Line: 1, Session: 1, Dir: s2c, Text: "no byte", For: time.Minute}},
		{"goes c", script.Step{Kind: script.Goes, Line: 1, Session: 1, Dir: c2s}},
		{`tls failed c "for 1s"`, script.Step{Kind: script.TLSFailed, Line: 1, Session: 1, Dir: c2s, Text: "for 1s"}},
		{"close relay", script.Step{Kind: script.Close, Line: 1, Session: 1, By: session.ClosedByRelay}},
		{`close server "a reset"`, script.Step{Kind: script.Close, Line: 1, Session: 1, By: session.ClosedByServer, Text: "a reset"}},
		{"session 7 192.0.2.1:1", script.Step{Kind: script.Open, Line: 1, Session: 7, Text: "192.0.2.1:1"}},
	}
	for _, test := range tests {
		s, err := script.Parse(test.line)
		if err != nil {
			t.Errorf("%s: %v", test.line, err)
			continue
		}
		if diff := cmp.Diff(script.Script{Steps: []script.Step{test.want}}, s); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.line, diff)
		}
	}
}

// TestParseLines holds what lines have to do with one another.
func TestParseLines(t *testing.T) {
	s, err := script.Parse("config a=1 b=\nc> FIN 1\n\n  # a comment\nsession 2\nconfig \"c=x y=z\"\nsession 3 a:1\nc> FIN 1\nsession 2\n+ 1s\n")
	if err != nil {
		t.Fatal(err)
	}
	fin := script.Step{Kind: script.Data, Wire: frame(protocol.FIN, 1, "")}
	in := func(st script.Step, line int, session uint32) script.Step {
		st.Line, st.Session = line, session
		return st
	}
	want := script.Script{
		Config: []protocol.KeyValue{{Key: "a", Value: "1"}, {Key: "b"}, {Key: "c", Value: "x y=z"}},
		Steps: []script.Step{
			in(fin, 2, 1),
			in(script.Step{Kind: script.Open, Text: "a:1"}, 7, 3),
			in(fin, 8, 3),
			in(script.Step{Kind: script.Wait, Wait: time.Second}, 10, 2),
		},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestParseErrors holds that each mistake is told with its line.
func TestParseErrors(t *testing.T) {
	long := "x" + strings.Repeat("é", 60)
	tests := []struct{ line, want string }{
		{"c> FOO 1", `c> FOO 1: no command "FOO"`},
		{"c> 256 1", `c> 256 1: no command "256"`},
		{`c> "SYN" 1`, `c> "SYN" 1: no command "SYN"`},
		{"  c>  ", "c>: the command is missing"},
		{"c> ...", "c> ...: the command is missing"},
		{"c> SYN ... 1", `c> SYN ... 1: "..." is not understood here`},
		{"c> SYN 4294967296", `c> SYN 4294967296: the stream id is "4294967296", want a number up to 4294967295`},
		{"c> SYN x", `c> SYN x: "x" is not understood here`},
		{"c> PREAMBLE", "c> PREAMBLE: the password is missing"},
		{"c> PREAMBLE p", "c> PREAMBLE p: the length of padding0 is missing"},
		{"c> PREAMBLE p 65536", `c> PREAMBLE p 65536: the length of padding0 is "65536", want a number up to 65535`},
		{"c> PREAMBLE hash 00 30", `c> PREAMBLE hash 00 30: "00" is no hash, want 64 hex digits`},
		{"c> PREAMBLE p 30 x", `c> PREAMBLE p 30 x: "x" is not understood here`},
		{"c> raw 0", `c> raw 0: "0" is no hex`},
		{"c> raw zeros", "c> raw zeros: the number of zeros is missing"},
		{"c> raw zeros 65535 zeros 65535", "c> raw zeros 65535 zeros 65535: the line has more than 65569 bytes"},
		{"c> PSH 1 hex", "c> PSH 1 hex: hex is missing"},
		{`c> PSH 1 hex "00"`, `c> PSH 1 hex "00": "00" is no hex`},
		{"c> PSH 1 zeros -1", `c> PSH 1 zeros -1: the number of zeros is "-1", want a number up to 65535`},
		{"c> PSH 1 zeros 65535 zeros 1", "c> PSH 1 zeros 65535 zeros 1: " + protocol.ErrDataTooLong.Error()},
		{"c> PSH 1 target", "c> PSH 1 target: the address after target is missing"},
		{"c> PSH 1 target a", `c> PSH 1 target a: "a" is no HOST:PORT`},
		{"c> PSH 1 connect a:65536", `c> PSH 1 connect a:65536: "a:65536" is no HOST:PORT`},
		{"c> PSH 1 request a:", `c> PSH 1 request a:: "a:" is no HOST:PORT`},
		{"c> PSH 1 datagram a:1", "c> PSH 1 datagram a:1: the datagram's payload is missing"},
		{`c> PSH 1 "x`, `c> PSH 1 "x: a quoted text does not end, or has an escape that Go does not know`},
		{"+", `+: time: invalid duration ""`},
		{"+ -1s", "+ -1s: time does not pass backwards"},
		{"gap", "gap: the side is missing"},
		{"gap x 1", `gap x 1: "x" is no side, want c or s`},
		{"gap c", "gap c: the number of bytes is missing"},
		{"gap c -2", `gap c -2: the number of bytes is "-2", want a number, or -1 where it is not known`},
		{"gone", "gone: the side is missing"},
		{"gone client", `gone client: "client" is no side, want c or s`},
		{"gone c 1", `gone c 1: "1" is not understood here`},
		{"blocked c>", "blocked c>: the number of bytes that wait is missing"},
		{"blocked c> 1 for", "blocked c> 1 for: for how long is missing"},
		{"blocked c> 1 for -1s", `blocked c> 1 for -1s: "-1s" is no time, want something like 2.5s`},
		{"blocked c> 1 since", `blocked c> 1 since: "since" is not understood here`},
		{"unblocked", "unblocked: the side is missing"},
		{"unblocked c> 1", `unblocked c> 1: "1" is not understood here`},
		{"waits x", `waits x: "x" is no side, want c or s`},
		{"waits c", "waits c: why they wait is missing"},
		{"goes", "goes: the side is missing"},
		{"tls", "tls: of TLS it can only be said that it failed"},
		{"tls failed s", "tls failed s: why it failed is missing"},
		{"gap c 1 1", `gap c 1 1: "1" is not understood here`},
		{"close", "close: who ended it is missing"},
		{"close nobody", `close nobody: nobody called "nobody" can end a session`},
		{"close client a b", `close client a b: "b" is not understood here`},
		{"session", "session: the session's number is missing"},
		{"session x", `session x: the session's number is "x", want a number up to 4294967295`},
		{"session 1 a b", `session 1 a b: "b" is not understood here`},
		{"config x", `config x: "x" is no key=value`},
		{"config =x", `config =x: "=x" is no key=value`},
		{"x>", `x>: no line begins with "x>"`},
		{`"c>" SYN 1`, `"c>" SYN 1: no line begins with text`},
		{"\x1b[2J", `"\x1b[2J": no line begins with "\x1b[2J"`},
		{long, long[:79] + `…: no line begins with "` + long + `"`},
	}
	for _, test := range tests {
		s, err := script.Parse("c> SYN 1\n\n" + test.line + "\nc> SYN 2")
		if err == nil || err.Error() != "line 3: "+test.want {
			t.Errorf("%s: error %v, want %q", test.line, err, "line 3: "+test.want)
		}
		if len(s.Steps) != 1 {
			t.Errorf("%s: %d steps up to there, want 1", test.line, len(s.Steps))
		}
	}
}

// TestParseIsBounded holds that a short text can't ask for any number of bytes.
func TestParseIsBounded(t *testing.T) {
	_, err := script.Parse(strings.Repeat("c> WASTE zeros 65535\n", 300))
	if err == nil || !strings.Contains(err.Error(), "line 256: c> WASTE zeros 65535: the script has more than 16777216 bytes") {
		t.Errorf("error %v", err)
	}
}
