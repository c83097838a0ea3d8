package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// frozen is a run of two sessions whose server stands still for a time: it answers neither
// heartbeats nor SYNs.
func frozen(t testing.TB, d time.Duration) *script {
	s := newScript(t, journal.Limits{})
	s.open(1, "192.0.2.10:51234").greet(1, "sing-box/1.12.8", "www.example.org")
	s.open(2, "192.0.2.11:51234").greet(2, "sing-box/1.12.8", "mail.example.org")
	s.beat(1, protocol.Server, 12*time.Millisecond).beat(2, protocol.Server, 14*time.Millisecond)
	s.up(1, s.frame(protocol.SYN, 17, ""), s.frame(protocol.PSH, 17, s.target("echo.test", 1056)))
	s.up(2, s.frame(protocol.SYN, 25, ""), s.frame(protocol.PSH, 25, s.target("echo.test", 1056)))
	return s.freeze(d)
}

// freeze lets a time pass in which the relay asks both servers each second, in vain.
func (s *script) freeze(d time.Duration) *script {
	const step = time.Second
	for ; d > 0; d -= step {
		s.beat(1, protocol.Server, 0).beat(2, protocol.Server, 0).wait(min(step, d))
	}
	return s
}

// thaw has both servers answer all that they owe.
func (s *script) thaw() *script {
	for id := capture.SessionID(1); id <= 2; id++ {
		var answers [][]byte
		d := journal.Look(s.j, journal.AskSession{ID: id})
		for range d.Waiting[protocol.Server] + d.Lost[protocol.Server] {
			answers = append(answers, s.frame(protocol.HeartResponse, 0, ""))
		}
		for _, o := range d.Owed {
			if o.What == session.OwesSYNACK {
				answers = append(answers, s.frame(protocol.SYNACK, o.Stream, ""))
			}
		}
		s.down(id, answers...)
	}
	return s
}

// odd adds two things that are wrong beside.
func (s *script) odd() *script {
	s.open(3, "192.0.2.12:51234").greet(3, "mihomo/1.19", "three.example.org")
	for stream := range uint32(9) {
		s.up(3, s.frame(protocol.SYN, stream+2, ""), s.frame(protocol.PSH, stream+2, s.target("files.example", 80)))
		s.down(3, s.frame(protocol.SYNACK, stream+2, "dial tcp: connection refused"))
	}
	s.up(3, s.frame(99, 1, "extension"))
	return s
}

// sizes are those of terminals that people have.
func sizes() []struct {
	name string
	w, h int
} {
	return []struct {
		name string
		w, h int
	}{{"80x24", 80, 24}, {"120x40", 120, 40}, {"200x50", 200, 50}}
}

// TestWrongNow: what is wrong stands below the header: what, for how long, in which sessions,
// and what followed, the worst first, and how many there are where not all have a line. No
// word but the advice is cut.
func TestWrongNow(t *testing.T) {
	for _, run := range []struct {
		name string
		make func(*testing.T) *script
		want []string // in the lines, at each size
	}{
		{
			"one", func(t *testing.T) *script { return frozen(t, 5*time.Second) },
			[]string{"✗ server silent 5.", "  #1 #2  ", "5 advice"},
		},
		{
			"three", func(t *testing.T) *script {
				s := newScript(t, journal.Limits{}).open(1, "192.0.2.10:51234").greet(1, "a/1", "one.example")
				s.open(2, "192.0.2.11:51234").greet(2, "a/1", "two.example").odd()
				return s.freeze(5 * time.Second)
			},
			[]string{"✗ server silent", "#1 #2", "5 advice"},
		},
		{
			"over", func(t *testing.T) *script { return frozen(t, 5*time.Second).thaw().wait(2 * time.Second) },
			[]string{"✗ server silent (over, 5.", "#1 #2", "5 advice"},
		},
	} {
		for _, size := range sizes() {
			t.Run(run.name+" "+size.name, func(t *testing.T) {
				x := newScreen(t, run.make(t), size.w, size.h, noColor).press("1", "g", "down")
				lines := strings.Split(x.text(), "\n")
				for _, want := range run.want {
					if !strings.Contains(lines[1], want) {
						t.Errorf("%q is not in the line %q", want, lines[1])
					}
				}
				check(t, x.m, size.w, size.h)
				golden.RequireEqual(t, trimmed(x.text()))
			})
		}
	}
}

// TestWrongTicks: for how long something has been wrong goes on with the time, without a
// question to the journal.
func TestWrongTicks(t *testing.T) {
	x := newScreen(t, frozen(t, 5*time.Second), 120, 40)
	line, asked := strings.Split(x.text(), "\n")[1], x.m.looked
	x.s.at = x.s.at.Add(aging)
	if x.tick(); strings.Split(x.text(), "\n")[1] == line || x.m.looked != asked {
		t.Errorf("a second later the line is still %q, after %d questions", line, x.m.looked-asked)
	}
	// Frozen, it stands still.
	x.press("space")
	line = strings.Split(x.text(), "\n")[1]
	x.s.thaw().wait(time.Minute)
	if x.tick().tick(); strings.Split(x.text(), "\n")[1] != line {
		t.Errorf("a frozen screen has the line %q and then %q", line, strings.Split(x.text(), "\n")[1])
	}
	x.press("space").wantNot("server silent over", "5 advice")
}

// TestWrongComesAndGoes: the panes make room for what is wrong while something is, and what
// is chosen in them stays chosen. When it has been over for a while the line goes, though
// nothing happens.
func TestWrongComesAndGoes(t *testing.T) {
	for _, size := range sizes() {
		s := newScript(t, journal.Limits{})
		s.open(1, "192.0.2.10:51234").greet(1, "a/1", "www.example.org")
		s.open(2, "192.0.2.11:51234").greet(2, "a/1", "mail.example.org")
		for range 60 {
			s.talk(1, 1, 100, 200)
		}
		x := newScreen(t, s, size.w, size.h).press("1", "g", "down", "3", "pgup", "up")
		before := choice(x)
		bottom := func() int { return x.m.slots[len(x.m.slots)-1].h }
		room := bottom()
		if x.m.above != 0 {
			t.Fatalf("nothing is wrong yet:\n%s", x.text())
		}
		s.freeze(5 * time.Second)
		if x.settle(); x.m.above != 1 || bottom() >= room || choice(x) != before {
			t.Errorf("%s: with %d lines the last pane has %d and not %d; chosen is %v, and was %v", size.name, x.m.above, bottom(), room, choice(x), before)
		}
		s.thaw().wait(2 * time.Second)
		if x.settle().want("(over, "); choice(x) != before {
			t.Errorf("%s: chosen is %v, and was %v", size.name, choice(x), before)
		}
		s.at = s.at.Add(afterglow)
		if x.settle(); x.m.above != 0 || bottom() != room || choice(x) != before {
			t.Errorf("%s: with %d lines the last pane has %d and not %d; chosen is %v, and was %v", size.name, x.m.above, bottom(), room, choice(x), before)
		}
	}
}

// TestNotesAreNotWrong: what is only worth a note has no line.
func TestNotesAreNotWrong(t *testing.T) {
	s := newScript(t, journal.Limits{})
	s.open(1, "192.0.2.10:51234").greet(1, "a/1", "www.example.org").close(1, session.ClosedByServer, "the server reset its connection")
	x := newScreen(t, s, 120, 40)
	if x.m.summary.Notes == 0 || x.m.above != 0 {
		t.Errorf("%d notes, and %d lines:\n%s", x.m.summary.Notes, x.m.above, x.text())
	}
}

// TestWrongLeadsToAdvice: 5 shows the worst incident, what to do about it, and what followed.
// Its cause stays, however many diagnostics come, and its first diagnostic can be reached.
func TestWrongLeadsToAdvice(t *testing.T) {
	s := frozen(t, 5*time.Second).freeze(20 * time.Second)
	x := newScreen(t, s, 80, 24).press("5")
	x.want("▸ ✗ error", "server or path dead 25.", "nothing has come from the server for 25s", "advice: The path to that peer is gone", "following the worst ▲")
	x.press("enter").want("incident 1", "synack-late", "esc: all incidents")
	s.freeze(5 * time.Second)
	if first := x.settle().lines("▸ ✗ error"); len(first) != 1 || !strings.Contains(first[0], "synack-late") && !strings.Contains(first[0], "server-silent") && !strings.Contains(first[0], "heartbeat-unanswered") {
		t.Errorf("the first diagnostic is not the chosen one:\n%s", x.text())
	}
	x.press("esc").want("server or path dead 30.")
}

// TestHostileIncidents: text of the wire in an incident reaches the screen harmless.
func TestHostileIncidents(t *testing.T) {
	s := newScript(t, journal.Limits{})
	s.open(1, evil).greet(1, evil, "host")
	s.up(1, s.frame(protocol.SYN, 2, ""), s.frame(protocol.PSH, 2, s.target(evil, 443)))
	s.down(1, s.frame(protocol.SYNACK, 2, evil), s.frame(protocol.Alert, 0, evil))
	for w := 1; w <= 220; w += 9 {
		x := newScreen(t, s, w, 50)
		for _, keys := range [][]string{nil, {"5"}, {"down"}, {"enter"}, {"esc"}} {
			x.press(keys...)
			check(t, x.m, w, 50)
		}
		if w >= leastWidth && x.m.above != 3 {
			t.Errorf("%d lines at %d cells:\n%s", x.m.above, w, x.text())
		}
	}
}

// TestWrongSaysWhatToDo: of what is no state of a peer, the line says what to do, however many
// sessions it was seen in. Where the advice points at the text, it is the end of the text.
func TestWrongSaysWhatToDo(t *testing.T) {
	many := func(one func(s *script, id capture.SessionID)) *script {
		s := newScript(t, journal.Limits{})
		for id := range capture.SessionID(40) {
			one(s, id+1)
		}
		return s
	}
	for name, run := range map[string]struct {
		one  func(*script, capture.SessionID)
		want string
	}{
		"password": {func(s *script, id capture.SessionID) {
			s.open(id, "192.0.2.10:51234").up(id, s.preamble("wrong"), s.frame(protocol.Settings, 0, "v=2\nclient=x/1"))
			s.close(id, session.ClosedByServer, "")
		}, "Compare the client's"},
		"held open": {func(s *script, id capture.SessionID) {
			s.open(id, "192.0.2.10:51234").up(id, s.preamble("correct horse"), s.frame(protocol.Settings, 0, "v=2\nclient=x/1")).wait(6 * time.Second)
		}, "likely another password"},
		"TLS": {func(s *script, id capture.SessionID) {
			s.tlsFails(id, "server leg: x509: certificate signed by unknown authority: give --server-ca FILE, or -k to skip verification")
		}, "give --server-ca FILE"},
	} {
		for _, size := range sizes() {
			t.Run(name+" "+size.name, func(t *testing.T) {
				x := newScreen(t, many(run.one), size.w, size.h, noColor)
				if line := strings.Split(x.text(), "\n")[1]; !strings.Contains(line, run.want) {
					t.Errorf("%q is not in the line %q", run.want, line)
				}
			})
		}
	}
}

// TestWrongGoesOn: what happens again and again was there a moment ago, however long ago it
// began.
func TestWrongGoesOn(t *testing.T) {
	s := newScript(t, journal.Limits{})
	for id := range capture.SessionID(5) {
		s.wait(20*time.Second).tlsFails(id+1, untrustedBy)
	}
	if line := strings.Split(newScreen(t, s, 120, 40, noColor).text(), "\n")[1]; !strings.Contains(line, "TLS failed ×5 0s ago") {
		t.Errorf("what has just happened is not told as new: %q", line)
	}
}

// TestWrongInWords: a code is told in words that say what it is by themselves.
func TestWrongInWords(t *testing.T) {
	s := newScript(t, journal.Limits{}).open(1, "192.0.2.10:51234").greet(1, "a/1", "one.example")
	s.j.Diagnose(s.at, journal.CodePreflight, refusedBy)
	newScreen(t, s.close(1, session.ClosedByClient, "the client reset its connection"), 120, 40, noColor).press("5").
		want("▲ first try 0s ago").want("note  cut short 0s ago")
}
