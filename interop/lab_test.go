package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/protocol/session"
)

// A lab is a pair with a relay under rules between its ends.
type lab struct {
	*rig
	relay *Relay
	lines *Lines
}

// startLab starts a pair with a relay under rules, until the test ends.
func startLab(ctx context.Context, t *testing.T, pair Pair, rules ...string) *lab {
	t.Helper()
	l := &lab{lines: new(Lines)}
	mode := RelayMode{Lines: l.lines}
	for _, rule := range rules {
		mode.Flags = append(mode.Flags, "--rule", rule)
	}
	l.rig, l.relay = startRelayed(ctx, t, pair, mode)
	return l
}

// stop ends the peers and then the relay, and returns all that the relay printed. It waits until
// the relay has seen each session end.
func (l *lab) stop(ctx context.Context, t *testing.T) []labEvent {
	t.Helper()
	l.settled(ctx, t)
	if err := l.relay.Stop(ctx); err != nil {
		t.Error(err)
	}
	return l.events(t)
}

// A labEvent has the fields of an event that tests of the lab read.
type labEvent struct {
	Event   string
	Time    time.Time
	Session int
	Dir     string

	Code   any // frame: a number; diagnostic: a name
	Cmd    string
	Stream uint32
	Len    int
	Fate   string
	Rule   int
	Held   session.Millis `json:"held_ms"`

	Injected, Absorbed, Cut bool

	Action string // rule
	Frame  *struct {
		Dir, Cmd string
		Code     int
		Stream   uint32
		Len      int
	}

	By, Reason                 string
	Text, State, Cause, Advice string
	Severity                   string
	Incident                   uint64
	Sessions                   any // incident: their numbers; summary: how many
}

// events returns all that the relay has printed, but for a line whose end is on its way.
func (l *lab) events(t *testing.T) []labEvent {
	t.Helper()
	l.lines.mu.Lock()
	defer l.lines.mu.Unlock()
	var list []labEvent
	text := l.lines.text.Bytes()
	for line := range bytes.Lines(text[:bytes.LastIndexByte(text, '\n')+1]) {
		var e labEvent
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		list = append(list, e)
	}
	return list
}

// find returns the events of which want is true.
func find(events []labEvent, want func(*labEvent) bool) []labEvent {
	return slices.DeleteFunc(slices.Clone(events), func(e labEvent) bool { return !want(&e) })
}

// TestLabSYNACKLate: where the SYNACK of a session's second stream comes after 4 s, the reference's
// library closes the whole session at 3 s, and so a stream with it that still stands. What the relay
// tells of it names the cause, and the rule.
//
// It runs beside no other. On a machine that is a second late the SYNACK comes first: then it is tried again.
func TestLabSYNACKLate(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	peer := FindPeer("sing-anytls")
	var l *lab
	for try := 1; ; try++ {
		l = startLab(ctx, t, Pair{peer, peer},
			`delay 4s where cmd == "SYNACK" && stream > 1`,
			`drop where cmd == "FIN" && stream == 1`) // the server has it open from then on
		if _, err := l.Request(ctx); err != nil {
			t.Fatalf("the first stream of the session: %v", err)
		}
		l.until(ctx, time.Minute, func() bool { return l.fins(t) > 0 }) // the session can be used again
		if _, err := l.Request(ctx); err != nil {
			break
		}
		if try == 3 {
			t.Fatal("the second stream of the session came about")
		}
		t.Log("the second stream of the session came about: once more")
	}
	// The request fails before the client closes the session. Nobody else may do so first.
	if _, err := l.relay.Wait(ctx, func(now Tally) bool { return now.Closed[1] }); err != nil {
		t.Error(err)
	}
	all := l.stop(ctx, t)

	of := func(e *labEvent) bool { return e.Session == 1 }
	opened := find(all, func(e *labEvent) bool { return of(e) && e.Event == "frame" && e.Cmd == "SYN" && e.Stream == 2 })
	closed := find(all, func(e *labEvent) bool { return of(e) && e.Event == "session-close" })
	if len(opened) != 1 || len(closed) != 1 {
		t.Fatalf("%d SYNs of stream 2, %d ends of the session: the client has not used the session again", len(opened), len(closed))
	}
	if lived := closed[0].Time.Sub(opened[0].Time); closed[0].By != "client" || lived < 2*time.Second {
		t.Errorf("the session was closed by the %s %v behind the SYN, want the client after 3 s", closed[0].By, lived)
	}
	if ends := find(all, func(e *labEvent) bool {
		return of(e) && e.Event == "stream-close" && e.Stream == 1 && e.By == "session"
	}); len(ends) != 1 {
		t.Error("the stream that still stood has not ended with the session")
	}
	if applied := find(all, func(e *labEvent) bool {
		return of(e) && e.Event == "rule" && e.Rule == 1 && e.Action == "delay" && e.Frame != nil && e.Frame.Code == 7 && e.Frame.Stream == 2
	}); len(applied) < 2 { // when it is held, and when it waits no longer
		t.Errorf("%d events tell of rule 1", len(applied))
	}
	const cause = "synack-late"
	if named := find(all, func(e *labEvent) bool {
		return e.Event == "incident" && e.Cause == cause && e.Rule == 1 && strings.Contains(e.Text+e.Advice, "rule 1")
	}); len(named) == 0 {
		t.Errorf("no incident %s names rule 1: %+v", cause, find(all, func(e *labEvent) bool { return e.Event == "incident" }))
	}
}

// TestLabLines: a line that has not ended is no event yet.
func TestLabLines(t *testing.T) {
	l := &lab{lines: new(Lines)}
	for _, step := range []struct {
		more string
		want int
	}{{`{"event":`, 0}, {"\"frame\"}\n", 1}, {`{"event":"rule"}`, 1}, {"\n", 2}} {
		_, _ = l.lines.Write([]byte(step.more)) // never fails
		if got := l.events(t); len(got) != step.want {
			t.Errorf("behind %q there are %d events, want %d", step.more, len(got), step.want)
		}
	}
}

// TestLabPreamble: a server in Go refuses a client that writes its preamble in three records, and takes
// it when the relay joins them.
func TestLabPreamble(t *testing.T) {
	t.Parallel()
	for _, server := range []string{"sing-anytls", "sing-box v1.14.1"} {
		pair := PairOf(server, "anytls-rs 0.3.0")
		for _, tc := range []struct {
			name  string
			rules []string
			works bool
		}{
			{"as it is", nil, false},
			{"joined", []string{`join where preamble`}, true},
		} {
			t.Run(pair.String()+"/"+tc.name, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				l := startLab(ctx, t, pair, tc.rules...)
				for range 3 {
					if _, err := l.Request(ctx); (err == nil) != tc.works {
						t.Errorf("a request: %v", err)
					}
				}
				all := l.stop(ctx, t)
				split := find(all, func(e *labEvent) bool { return e.Event == "diagnostic" && e.Code == "auth-split" })
				if (len(split) > 0) == tc.works {
					t.Errorf("auth-split is told %d times", len(split))
				}
				joined := find(all, func(e *labEvent) bool { return e.Event == "rule" && e.Action == "join" })
				if (len(joined) > 0) != tc.works {
					t.Errorf("%d preambles were joined", len(joined))
				}
			})
		}
	}
}
