package rule_test

import (
	"fmt"
	"testing"
	"time"

	"anytls-inspect/protocol"
)

// targetOf returns the data of a stream that begins with a target.
func targetOf(t testing.TB, host string, port uint16, rest string) string {
	t.Helper()
	b, err := protocol.AppendTarget(nil, protocol.Address{Host: host, Port: port})
	if err != nil {
		t.Fatal(err)
	}
	return string(b) + rest
}

// TestTarget holds from when to when a stream's target is known, in both directions.
func TestTarget(t *testing.T) {
	j := session(book(t, 1, `drop where target == "bank.example:443"`), 1)
	data := targetOf(t, "bank.example", 443, "GET /")
	for i, step := range []struct {
		frame   *came
		matches bool
		needs   bool // the client's judge wants the next frame whole
	}{
		{frame(c2s, protocol.PSH, 9, data), false, false}, // no SYN was seen
		{frame(c2s, protocol.SYN, 1, ""), false, true},
		{frame(c2s, protocol.PSH, 1, ""), false, true},
		{frame(c2s, protocol.PSH, 1, data[:7]), false, true},
		{frame(c2s, protocol.SYN, 2, ""), false, true},
		{frame(c2s, protocol.PSH, 1, data[7:]), true, true},
		{frame(s2c, protocol.SYNACK, 1, ""), true, true},
		{frame(s2c, protocol.SYNACK, 2, ""), false, true},
		{frame(c2s, protocol.PSH, 2, "\x09"), false, false}, // no address has this type
		{frame(c2s, protocol.PSH, 2, data), false, false},
		{frame(c2s, protocol.HeartRequest, 0, ""), false, false},
		{frame(c2s, protocol.FIN, 1, ""), true, false},
		{frame(s2c, protocol.PSH, 1, "x"), true, false},
		{frame(s2c, protocol.FIN, 1, ""), true, false},
		{frame(s2c, protocol.PSH, 1, "x"), false, false},
		{frame(c2s, protocol.SYN, 1, ""), false, true}, // again
		{frame(c2s, protocol.PSH, 1, targetOf(t, "other", 1, "")), false, false},
	} {
		if got := j.show(step.frame) != ""; got != step.matches {
			t.Errorf("step %d: it matches: %v", i, got)
		}
		if needs := j[c2s].NeedsData(); needs != step.needs {
			t.Errorf("step %d: the whole of the next frame is wanted: %v", i, needs)
		}
		if j[s2c].NeedsData() {
			t.Errorf("step %d: the server's frames are wanted whole", i)
		}
	}
}

// TestTargetMissed holds that nothing is taken for a stream's target that is not the beginning of
// its data, since no rule asked for targets then, or it came on while the frame was on its way.
func TestTargetMissed(t *testing.T) {
	data := targetOf(t, "bank.example", 443, "")
	syn, psh := frame(c2s, protocol.SYN, 1, ""), frame(c2s, protocol.PSH, 1, data)
	for _, meanwhile := range []string{"off", "another", "half"} {
		b := book(t, 1, `drop where target != ""`, `join where false`)
		j := session(b, 1)
		j.show(syn)
		switch meanwhile {
		case "off":
			b.Set(1, false)
			b.Set(2, false)
			b.Set(1, true)
		case "another":
			b.Set(1, false)
			j.show(frame(c2s, protocol.PSH, 1, "GET /"))
			b.Set(1, true)
		case "half":
			j[c2s].Frame(began, psh.Header(), false, []byte(data[:3]), false)
		}
		if got := j.show(psh); got != "" {
			t.Errorf("%s: what came later is taken for the target", meanwhile)
		}
		j.show(syn)
		if got := j.show(psh); got != "1 drop" {
			t.Errorf("%s: the target of a new stream is not known: %q", meanwhile, got)
		}
	}
}

// TestTargetOfDatagrams holds that a stream of datagrams leads to where the first one goes.
func TestTargetOfDatagrams(t *testing.T) {
	j := session(book(t, 1, `drop where target == "192.0.2.1:53"`), 1)
	request := protocol.UoTRequest{Destination: protocol.Address{Host: "192.0.2.1", Port: 53}}
	rest, err := request.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	j.show(frame(c2s, protocol.SYN, 1, ""))
	if got := j.show(frame(c2s, protocol.PSH, 1, targetOf(t, protocol.UoTHost, 443, ""))); got != "" || !j[c2s].NeedsData() {
		t.Errorf("without the request the program is %q", got)
	}
	if got := j.show(frame(c2s, protocol.PSH, 1, string(rest))); got != "1 drop" || j[c2s].NeedsData() {
		t.Errorf("with the request the program is %q", got)
	}
}

// TestManyTargets holds that a session with many streams forgets the oldest.
func TestManyTargets(t *testing.T) {
	j := session(book(t, 1, `drop where target != ""`), 1)
	const most = 4096
	for id := range uint32(most + 10) {
		j.show(frame(c2s, protocol.SYN, id, ""))
		j.show(frame(c2s, protocol.PSH, id, targetOf(t, "a", 1, "")))
	}
	for id, known := range map[uint32]bool{0: false, 9: false, 10: true, most + 9: true} {
		if got := j.show(frame(s2c, protocol.PSH, id, "")) != ""; got != known {
			t.Errorf("the target of stream %d is known: %v", id, got)
		}
	}
}

// TestClient holds that the client's name is known behind its Settings, in both directions.
func TestClient(t *testing.T) {
	j := session(book(t, 1, `drop where client startsWith "mihomo/"`), 1)
	settings := frame(c2s, protocol.Settings, 0, "v=2\nclient=mihomo/1.10.0")
	for i, step := range []struct {
		frame   *came
		matches bool
		needs   bool
	}{
		{preamble(3), false, true},
		{frame(s2c, protocol.Settings, 0, "client=mihomo/9"), false, true}, // the server has none
		{settings, false, false},
		{settings, true, false},
		{frame(s2c, protocol.SYNACK, 1, ""), true, false},
	} {
		if got := j.show(step.frame) != ""; got != step.matches {
			t.Errorf("step %d: it matches: %v", i, got)
		}
		if needs := j[c2s].NeedsData(); needs != step.needs {
			t.Errorf("step %d: the whole of the next frame is wanted: %v", i, needs)
		}
	}
}

// TestFields holds what the fields of an expression are at a frame and at a preamble.
func TestFields(t *testing.T) {
	tests := []struct {
		where string
		frame *came
	}{
		{`session == 7 && route == "home" && dir == "c2s" && cmd == "PSH" && code == 2 && stream == 3 && len == 5 && !preamble`, frame(c2s, protocol.PSH, 3, "hello")},
		{`cmd == "unknown(42)" && code == 42 && dir == "s2c" && stream == 4294967295`, frame(s2c, 42, 1<<32-1, "")},
		{`preamble && cmd == "preamble" && code == 0 && stream == 0 && len == 30 && count == 0 && text == ""`, preamble(30)},
		{`count == 1 && age == 2s && client == "" && target == ""`, &came{after: 2 * time.Second, Frame: protocol.Frame{Command: protocol.SYN, Stream: 1}}},
		{`text == "hello"`, frame(s2c, protocol.PSH, 3, "hello")},
	}
	for _, test := range tests {
		s := book(t, 1, "drop where "+test.where).Session(7, "home", began)
		if got := (&judges{s.Judge(c2s), s.Judge(s2c)}).show(test.frame); got != "1 drop" {
			t.Errorf("%s does not match: %q", test.where, got)
		}
	}
}

// TestText holds that a rule that looks into data wants each frame whole, in both directions.
func TestText(t *testing.T) {
	b := book(t, 1, `drop where text contains "x"`, `drop where stream == 9`)
	j := session(b, 1)
	for _, dir := range []protocol.Direction{c2s, s2c} {
		if !j[dir].On() || !j[dir].NeedsData() {
			t.Errorf("%v: on %v, needs data %v", dir, j[dir].On(), j[dir].NeedsData())
		}
	}
	half := j[c2s].Frame(began, protocol.Header{Command: protocol.PSH, Length: 9}, false, []byte("x"), false)
	if len(half) > 0 {
		t.Error("half of a frame's data was looked at")
	}
	b.Set(1, false)
	if !j[c2s].On() || j[c2s].NeedsData() {
		t.Error("a rule that is off still wants frames whole")
	}
	b.Remove(2)
	if j[c2s].On() || len(j[c2s].Frame(began, protocol.Header{}, false, nil, true)) != 0 {
		t.Error("no rule is on, and one still is")
	}
}

// TestThrottle holds how long frames wait for a rate: the first not at all, each of the
// others for those before it, and a session's for no other session's.
func TestThrottle(t *testing.T) {
	b := book(t, 1, `throttle 100B/s where cmd == "PSH"`)
	one, two := session(b, 1), session(b, 2)
	at := func(after time.Duration, j *judges, dir protocol.Direction, n int) string {
		return j.show(&came{after: after, dir: dir, Frame: protocol.Frame{Command: protocol.PSH, Data: make([]byte, n)}})
	}
	for i, got := range []struct{ got, want string }{
		{at(0, one, c2s, 93), "0s"}, // with its header it pays for one second
		{at(0, one, s2c, 43), "1s"},
		{at(250*time.Millisecond, one, c2s, 93), "1.25s"},
		{at(0, two, c2s, 0), "0s"},
		{at(3*time.Second, one, c2s, 193), "0s"},
		{at(3*time.Second, one, c2s, 0), "2s"},
	} {
		if want := "1 throttle " + got.want; got.got != want {
			t.Errorf("frame %d: %s, want %s", i, got.got, want)
		}
	}
}

// TestFailing holds that a rule whose expression fails at a frame does not match it, and that
// this is told once.
func TestFailing(t *testing.T) {
	b := book(t, 1, `drop where 10 % stream == 0`)
	var told []string
	b.OnWarning(func(n uint16, text string) { told = append(told, fmt.Sprint(n, " ", text)) })
	j := session(b, 1)
	for _, stream := range []uint32{0, 5, 0, 3} {
		if got := j.show(frame(c2s, protocol.SYN, stream, "")) != ""; got != (stream == 5) {
			t.Errorf("stream %d: it matches: %v", stream, got)
		}
	}
	const want = "1 it fails at some frames, and is not applied to these: integer divide by zero"
	if len(told) != 1 || told[0] != want {
		t.Errorf("told %q, want %q", told, want)
	}
}

// TestPreambleRules holds what changes a preamble, and that what it can't have is left alone.
func TestPreambleRules(t *testing.T) {
	c := preamble(2)
	wire := fmt.Sprintf("%x", c.wire())
	for _, test := range []struct{ rule, program string }{
		{`replace data "xyz" where true`, "1 replace " + wire[:64] + "0003" + "78797a"},
		{`replace frame raw 00 where true`, "1 replace 00"},
		{`replace stream 3 where true`, ""},
		{`replace command SYN where true`, ""},
		{`split 32,2 where preamble`, "1 split [32 2]"},
		{`cut where cmd == "preamble"`, "1 cut reset"},
	} {
		if got := session(book(t, 1, test.rule), 1).show(c); got != test.program {
			t.Errorf("%s: %q, want %q", test.rule, got, test.program)
		}
	}
}

// TestCorrupt holds that exactly one bit changes, in the part that the rule says, always the
// same with a seed, and not always the same in all frames.
func TestCorrupt(t *testing.T) {
	for _, test := range []struct {
		rule     string
		frame    *came
		from, to int // the bytes that may change
	}{
		{`corrupt where true`, frame(c2s, protocol.PSH, 3, "hello"), 7, 12},
		{`corrupt where true`, frame(c2s, protocol.SYN, 3, ""), 0, 7},
		{`corrupt header where true`, frame(c2s, protocol.PSH, 3, "hello"), 0, 7},
		{`corrupt data where true`, frame(c2s, protocol.SYN, 3, ""), 0, 0},
		{`corrupt where true`, preamble(5), 34, 39},
		{`corrupt header where true`, preamble(5), 0, 34},
	} {
		var made [2]map[string]bool
		for run := range made {
			made[run] = make(map[string]bool)
			j := session(book(t, 5, test.rule), 1)
			for range 30 {
				wire := test.frame.wire()
				program := j[c2s].Frame(began, test.frame.Header(), test.frame.preamble, test.frame.Data, true)
				changed := program[0].Change(wire)
				if string(wire) != string(test.frame.wire()) {
					t.Fatalf("%s: it changed what it was given", test.rule)
				}
				checkBit(t, test.rule, wire, changed, test.from, test.to)
				made[run][string(changed)] = true
			}
		}
		if fmt.Sprint(made[0]) != fmt.Sprint(made[1]) {
			t.Errorf("%s: two runs with one seed differ", test.rule)
		}
		if test.to > 0 && len(made[0]) < 5 {
			t.Errorf("%s: 30 frames became only %d", test.rule, len(made[0]))
		}
	}
}

// TestCorruptTwice holds that two actions of a rule do not undo one another.
func TestCorruptTwice(t *testing.T) {
	j := session(book(t, 1, `sequence corrupt; corrupt where true`), 1)
	c := frame(c2s, protocol.PSH, 3, "hello")
	for range 20 {
		program := j[c2s].Frame(began, c.Header(), false, c.Data, true)
		if changed := program[1].Change(program[0].Change(c.wire())); string(changed) != string(c.wire()) {
			return
		}
	}
	t.Error("the second bit is always the first")
}

// checkBit checks that one bit between two places is another, or none where there is no byte.
func checkBit(t *testing.T, text string, wire, changed []byte, from, to int) {
	t.Helper()
	bits := 0
	for i := range wire {
		for d := wire[i] ^ changed[i]; d != 0; d &= d - 1 {
			if bits++; i < from || i >= to {
				t.Errorf("%s: byte %d changed", text, i)
			}
		}
	}
	if want := min(1, to-from); bits != want || len(changed) != len(wire) {
		t.Errorf("%s: %d bits changed, of %d bytes became %d", text, bits, len(wire), len(changed))
	}
}
