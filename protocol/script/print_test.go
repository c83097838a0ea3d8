package script_test

import (
	"strings"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
	"anytls-inspect/protocol/session"
)

// TestStepString holds that lines are what a person would have written.
func TestStepString(t *testing.T) {
	const hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b" // of "secret"
	preamble := func(padding uint16) []byte {
		return protocol.Preamble{Hash: protocol.HashPassword("secret"), Padding: padding}.Append(nil)
	}
	client := func(wire []byte) script.Step { return script.Step{Dir: c2s, Wire: wire} }
	server := func(wire []byte) script.Step { return script.Step{Dir: s2c, Wire: wire} }
	psh := func(data string) []byte { return frame(protocol.PSH, 1, data) }
	tests := []struct {
		step script.Step
		want string
	}{
		{client(frame(protocol.SYN, 1, "")), "c> SYN 1"},
		{server(frame(protocol.HeartResponse, 0, "")), "s> HEARTRESPONSE"},
		{server(frame(42, 7, "new")), `s> 42 7 "new"`},
		{client(frame(protocol.Settings, 0, "v=2\nclient=x/1")), "c> SETTINGS v=2 client=x/1"},
		{client(frame(protocol.Settings, 0, "v=2\nclient=x 1")), `c> SETTINGS "v=2\nclient=x 1"`},
		{client(frame(protocol.Settings, 0, "v=2\n")), `c> SETTINGS "v=2\n"`},
		{client(frame(protocol.Settings, 0, "#=2")), `c> SETTINGS "#=2"`},
		{client(frame(protocol.Settings, 0, "v=2\x1b")), `c> SETTINGS hex 763d321b`},
		{server(frame(protocol.UpdatePaddingScheme, 0, "stop=2\n0=30-30")), `s> UPDATEPADDINGSCHEME "stop=2\n0=30-30"`},
		{client(psh("\x03\x0bexample.com\x01\xbbGET / HTTP/1.1\r\n")), `c> PSH 1 target example.com:443 "GET / HTTP/1.1\r\n"`},
		{client(psh("\x03\x07a.b.c d\x01\xbb")), "c> PSH 1 hex 0307 \"a.b.c d\" hex 01bb"},
		{client(psh("\x03\x071.2.3.4\x01\xbb")), "c> PSH 1 hex 0307 \"1.2.3.4\" hex 01bb"},
		{client(psh("\x01\x01\x02\x03\x04\x01\xbb")), "c> PSH 1 hex 010102030401bb"},
		{server(psh("\x03\x01a\x01\xbb")), "s> PSH 1 hex 03016101bb"},
		{server(psh("日本語 \"x\"\t")), `s> PSH 1 "日本語 \"x\"\t"`},
		{server(psh("readable\u3164\u034f")), `s> PSH 1 "readable" hex e385a4cd8f`},
		{script.Step{Kind: script.Close, Text: "日\u3164"}, `close client "\u65e5\u3164"`},
		{server(psh("\x00")), "s> PSH 1 hex 00"},
		{server(psh("\x00\x00")), "s> PSH 1 zeros 2"},
		{server(psh("ab\x00" + strings.Repeat("\x00", 7) + "cd")), "s> PSH 1 hex 6162 zeros 8 hex 6364"},
		{server(psh("ab\x00" + strings.Repeat("\x00", 6) + "cd")), "s> PSH 1 hex 6162000000000000006364"},
		{server(psh("\xff\xfereadable\xff")), `s> PSH 1 hex fffe "readable" hex ff`},
		{client(preamble(30)), "c> PREAMBLE hash " + hash + " 30"},
		{client(append(preamble(1)[:34], 1)), `c> raw ` + hash + `000101`},
		{client(preamble(1)[:34]), `c> raw ` + hash + `0001`},
		{client([]byte("GET / HTTP/1.1\r\n")), `c> raw "GET / HTTP/1.1\r\n"`},
		{client(psh("hello")[:10]), `c> raw 02 00000001 0005 "hel"`},
		{client(psh("hello")[:6]), "c> raw 020000000100"},
		{client(append(psh("hello, world"), 2)), `c> raw 0200000001000c "hello, world" 02`},
		{client(append(psh("hello"), 2)), `c> raw 0200000001000568656c6c6f02`},
		{client(psh(strings.Repeat("\x00", 1000))[:500]), `c> raw 02 00000001 03e8 zeros 493`},
		{client(nil), "c> raw"},
		{script.Step{Wire: frame(protocol.SYN, 1, ""), Raw: true}, "c> raw 01000000010000"},
		{script.Step{Wire: frame(protocol.SYN, 1, ""), Continues: true}, "c> SYN 1 ..."},
		{script.Step{Dir: s2c, Wire: []byte{9}, Fate: session.Fate{Kind: session.Absorbed}, Continues: true}, "s> raw 09 absorbed ..."},
		{script.Step{Wire: frame(protocol.HeartRequest, 0, ""), Fate: session.Fate{Kind: session.Injected}}, "c> HEARTREQUEST injected"},
		{
			script.Step{Wire: frame(protocol.SYN, 3, ""), Fate: session.Fate{Kind: session.Held, Rule: 4, Held: 2500 * time.Millisecond}},
			"c> SYN 3 rule 4 held 2.5s",
		},
		{script.Step{Wire: frame(protocol.SYN, 3, ""), Fate: session.Fate{Kind: session.Replaced, Rule: 1}}, "c> SYN 3 replaced rule 1"},
		{script.Step{Kind: script.Wait, Wait: 2500 * time.Millisecond}, "+ 2.5s"},
		{script.Step{Kind: script.Wait, Wait: time.Minute}, "+ 1m"},
		{script.Step{Kind: script.Wait, Wait: 2 * time.Hour}, "+ 2h"},
		{script.Step{Kind: script.Wait, Wait: time.Hour + time.Second}, "+ 1h0m1s"},
		{script.Step{Kind: script.Wait}, "+ 0s"},
		{script.Step{Kind: script.Gap, Dir: s2c, Missing: -1}, "gap s -1"},
		{script.Step{Kind: script.Gone, Dir: s2c}, "gone s"},
		{script.Step{Kind: script.Blocked, Dir: s2c, Bytes: 9}, "blocked s> 9"},
		{script.Step{Kind: script.Blocked, Bytes: 9, For: 90 * time.Second}, "blocked c> 9 for 1m30s"},
		{script.Step{Kind: script.Blocked, Bytes: 9, Silent: true}, "blocked c> 9 silent"},
		{script.Step{Kind: script.Unblocked, Dir: s2c}, "unblocked s>"},
		{script.Step{Kind: script.Waits, Dir: s2c, Text: "why", For: time.Minute}, `waits s "why" for 1m`},
		{script.Step{Kind: script.Goes, Dir: s2c}, "goes s"},
		{script.Step{Kind: script.TLSFailed, Text: "it\nfailed"}, `tls failed c "it\nfailed"`},
		{ruled(s2c, session.Application{Rule: 2, Action: "delay", Header: protocol.Header{Command: protocol.SYNACK, Stream: 3}, Waits: true, Text: "for 4s"}), `rule 2 delay s> SYNACK 3 waits "for 4s"`},
		{ruled(s2c, session.Application{Rule: 2, Action: "delay", Header: protocol.Header{Command: protocol.SYNACK, Stream: 3}, Ended: true, Held: 4 * time.Second}), "rule 2 delay s> SYNACK 3 goes 4s"},
		{ruled(c2s, session.Application{Rule: 1, Action: "hold", Preamble: true, Header: protocol.Header{Length: 30}, All: true, Waits: true}), "rule 1 hold c> PREAMBLE len 30 all waits"},
		{ruled(c2s, session.Application{Rule: 65535, Action: "drop", Header: protocol.Header{Command: 42, Length: 9}}), "rule 65535 drop c> 42 len 9"},
		{ruled(c2s, session.Application{Rule: 3, Action: "insert", Header: protocol.Header{Command: protocol.FIN, Stream: 7}, Again: true, Undone: true, Text: "not done"}), `rule 3 insert c> FIN 7 again undone "not done"`},
		{ruled(c2s, session.Application{Action: "two words", Ended: true}), `rule 0 "two words" c> WASTE goes 0s`},
		{script.Step{Kind: script.Close, By: session.ClosedByCapture}, "close capture"},
		{script.Step{Kind: script.Close, Text: "it reset\n"}, `close client "it reset\n"`},
		{script.Step{Kind: script.Open, Session: 2, Text: "192.0.2.1:1000"}, "session 2 192.0.2.1:1000"},
		{script.Step{Kind: script.Open, Session: 2, Text: "some where"}, `session 2 "some where"`},
		{script.Step{Kind: script.Open, Session: 2}, `session 2 ""`},
	}
	for _, test := range tests {
		got := test.step.String()
		if got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
		checkSame(t, got)
	}
}

// TestScriptString holds how lines of several sessions stand together.
func TestScriptString(t *testing.T) {
	const text = `config password=secret "note=two words"
c> SYN 1
session 2 192.0.2.1:1000
s> FIN 1
session 1
+ 1s
session 2
close server
`
	s, err := script.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.String(); got != text {
		t.Errorf("got\n%swant\n%s", got, text)
	}
}

// ruled returns the step of what a rule does in a direction.
func ruled(dir protocol.Direction, a session.Application) script.Step {
	a.Dir = dir
	return script.Step{Kind: script.Rule, Dir: dir, Applied: a}
}
