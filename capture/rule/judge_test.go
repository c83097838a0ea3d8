package rule_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
)

const (
	c2s = protocol.ClientToServer
	s2c = protocol.ServerToClient
)

// began is when the sessions of tests begin.
var began = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// book returns the book of rules, which must be right.
func book(t testing.TB, seed uint64, texts ...string) *rule.Book {
	t.Helper()
	rules := make([]*rule.Rule, len(texts))
	for i, text := range texts {
		r, err := rule.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		rules[i] = r
	}
	b, err := rule.NewBook(rules, seed)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// came is a frame that came.
type came struct {
	after    time.Duration // since the session began
	dir      protocol.Direction
	preamble bool
	protocol.Frame
}

// wire returns its bytes.
func (c *came) wire() []byte {
	if c.preamble {
		return protocol.Preamble{Padding: uint16(len(c.Data))}.Append(nil)
	}
	wire, _ := c.Append(nil)
	return wire
}

// judges are those of a session.
type judges protocol.ByDirection[*rule.Judge]

// session returns the judges of a session.
func session(b *rule.Book, id capture.SessionID) *judges {
	s := b.Session(id, "", began)
	return &judges{s.Judge(c2s), s.Judge(s2c)}
}

// show has a frame judged, and returns its program in words.
func (j *judges) show(c *came) string {
	program := j[c.dir].Frame(began.Add(c.after), c.Header(), c.preamble, c.Data, true)
	words := make([]string, len(program))
	for i := range program {
		words[i] = describe(&program[i], c.wire())
	}
	return strings.Join(words, "; ")
}

// describe returns a step in words.
func describe(st *rule.Step, wire []byte) string {
	text := fmt.Sprintf("%d %v", st.Rule, st.Action)
	switch st.Action {
	case rule.Delay, rule.Hold, rule.Throttle:
		text += fmt.Sprintf(" %v", st.Wait)
		if st.All {
			text += " all"
		}
	case rule.Stall:
		text += fmt.Sprintf(" %v", st.Wait)
	case rule.Replace, rule.Corrupt:
		text += fmt.Sprintf(" %x", st.Change(wire))
	case rule.Insert:
		text += fmt.Sprintf(" %x toward %v", st.Made, st.Toward)
		if st.Behind {
			text += " behind"
		}
	case rule.Split:
		text += fmt.Sprintf(" %v", st.Sizes)
	case rule.Cut:
		text += fmt.Sprintf(" %v", st.End)
		if !st.Both {
			text += fmt.Sprintf(" toward %v", st.Toward)
		}
	}
	return text
}

// frame returns a frame that came in a direction.
func frame(dir protocol.Direction, c protocol.Command, stream uint32, data string) *came {
	return &came{dir: dir, Frame: protocol.Frame{Command: c, Stream: stream, Data: []byte(data)}}
}

// preamble returns a preamble with so much padding0.
func preamble(n int) *came {
	return &came{preamble: true, Frame: protocol.Frame{Data: make([]byte, n)}}
}

// TestActions holds what each action does with a frame that its rule matches, and that it
// leaves another one alone.
func TestActions(t *testing.T) {
	synack := frame(s2c, protocol.SYNACK, 2, "")
	psh := frame(c2s, protocol.PSH, 3, "hello")
	tests := []struct {
		rule    string
		frame   *came
		program string
		other   *came
	}{
		{`delay 4s where cmd == "SYNACK" && stream > 1`, synack, "1 delay 4s", frame(s2c, protocol.SYNACK, 1, "")},
		{`delay all 4s where cmd == "SYNACK"`, synack, "1 delay 4s all", psh},
		{`drop times 3 where cmd == "HeartResponse"`, frame(s2c, protocol.HeartResponse, 0, ""), "1 drop", psh},
		{`hold 1.5s where cmd == "PSH"`, psh, "1 hold 1.5s", synack},
		{`hold where stream == 2`, synack, "1 hold 2.5s", psh},
		{`hold where stream == 3`, psh, "1 hold 30s", synack},
		{`hold all where stream == 3`, psh, "1 hold 30s all", synack},
		{`hold where dir == "c2s"`, preamble(1), "1 hold 30s", synack},
		{`duplicate where cmd == "SYNACK"`, synack, "1 duplicate", psh},
		{`duplicate 2 where cmd == "SYNACK"`, synack, "1 duplicate; 1 duplicate", psh},
		{`insert HeartRequest 7 "x" toward client where cmd == "Settings"`, frame(c2s, protocol.Settings, 0, "v=2"), "1 insert 0800000007000178 toward client", psh},
		{`insert 42 7 hex 0001ff where cmd == "SYNACK"`, synack, "1 insert 2a0000000700030001ff toward client", psh},
		{`insert behind raw 00ff "x" where cmd == "PSH"`, psh, "1 insert 00ff78 toward server behind", synack},
		{`insert behind raw 00 toward client where cmd == "PSH"`, psh, "1 insert 00 toward client", synack},
		{`replace data "v=1\n" where cmd == "ServerSettings"`, frame(s2c, protocol.ServerSettings, 0, "v=2"), "1 replace 0a000000000004763d310a", psh},
		{`replace stream 9 where cmd == "PSH"`, psh, "1 replace 0200000009000568656c6c6f", synack},
		{`replace command fin where cmd == "PSH"`, psh, "1 replace 0300000003000568656c6c6f", synack},
		{`replace command 255 where cmd == "SYNACK"`, synack, "1 replace ff000000020000", psh},
		{`replace frame SYNACK 2 "no" where cmd == "SYNACK"`, synack, "1 replace 070000000200026e6f", psh},
		{`replace frame raw ff where cmd == "SYNACK"`, synack, "1 replace ff", psh},
		{`split 3,1 where cmd == "PSH"`, psh, "1 split [3 1]", synack},
		{`join where cmd == "PSH"`, psh, "1 join", synack},
		{`throttle 64KiB/s where dir == "s2c"`, synack, "1 throttle 0s", psh},
		{`stall 5s where stream == 3`, psh, "1 stall 5s", synack},
		{`cut where stream == 3`, psh, "1 cut reset", synack},
		{`cut fin toward server where stream == 3`, psh, "1 cut fin toward server", synack},
		{`cut close_notify where stream == 3`, psh, "1 cut close_notify", synack},
		{`drop toward client where true`, synack, "1 drop", psh},
		{`sequence delay 1s; duplicate; insert "FIN" where true`, nil, "", nil},
		{`sequence delay 1s;duplicate ; insert FIN 3 toward client; cut reset toward server where stream == 3`, psh, "1 delay 1s; 1 duplicate; 1 insert 03000000030000 toward client; 1 cut reset toward server", synack},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			if test.frame == nil {
				if _, err := rule.Parse(test.rule); err == nil {
					t.Error("no error")
				}
				return
			}
			j := session(book(t, 1, test.rule), 1)
			if got := j.show(test.frame); got != test.program {
				t.Errorf("the program is %q, want %q", got, test.program)
			}
			if got := j.show(test.other); got != "" {
				t.Errorf("the program of another frame is %q", got)
			}
		})
	}
}
