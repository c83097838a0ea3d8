package interop

import (
	"reflect"
	"strings"
	"testing"
)

// sound is what a relay prints when nothing is wrong: one session, with one heartbeat
// toward the server and two toward the client. The last is cut off.
const sound = `{"event":"listen","time":"2026-01-02T03:04:05.000000001Z","address":"127.0.0.1:9443"}
{"event":"session-open","time":"2026-01-02T03:04:05.1Z","session":1}
{"event":"frame","time":"2026-01-02T03:04:05.2Z","session":1,"dir":"c2s","code":8,"cmd":"HeartRequest","injected":true}
{"event":"frame","time":"2026-01-02T03:04:05.3Z","session":1,"dir":"s2c","code":9,"cmd":"HeartResponse","absorbed":true}
{"event":"heartbeat","time":"2026-01-02T03:04:05.3Z","session":1,"toward":"server","origin":"injected","rtt_ms":0.5}
{"event":"frame","time":"2026-01-02T03:04:05.4Z","session":1,"dir":"s2c","code":8,"cmd":"HeartRequest","injected":true}
{"event":"heartbeat","time":"2026-01-02T03:04:05.5Z","session":1,"toward":"client","origin":"injected","rtt_ms":0.5}
{"event":"frame","time":"2026-01-02T03:04:05.6Z","session":1,"dir":"c2s","code":8,"cmd":"HeartRequest"}
{"event":"heartbeat","time":"2026-01-02T03:04:05.6Z","session":1,"toward":"server","origin":"client","rtt_ms":0.5}
{"event":"incident","time":"2026-01-02T03:04:05.6Z","incident":1,"state":"opened","cause":"some-warning","severity":"warning"}
{"event":"diagnostic","time":"2026-01-02T03:04:05.6Z","session":1,"code":"some-warning","severity":"warning","text":"odd","incident":1}
{"event":"frame","time":"2026-01-02T03:04:05.7Z","session":1,"dir":"s2c","code":8,"cmd":"HeartRequest","injected":true}
{"event":"session-close","time":"2026-01-02T03:04:05.8Z","session":1,"by":"relay"}
{"event":"summary","sessions":1,"heartbeats":{"toward_server":{"injected":{"sent":1,"answered":1,"lost":0,"cut":0}},"toward_client":{"injected":{"sent":2,"answered":1,"lost":0,"cut":1}}}}
`

func TestProblems(t *testing.T) {
	tests := []struct {
		name     string
		old, new string // a change to what is sound
		want     string // part of the only problem; "": none
	}{
		{name: "sound"},
		{name: "not JSON", old: `"session":1,"by":`, new: `"session":1,,"by":`, want: "line 13: invalid character"},
		{name: "no name", old: `{"event":"session-close",`, new: `{`, want: "line 13: names no event"},
		{name: "no time", old: `"time":"2026-01-02T03:04:05.8Z",`, want: "line 13: has no time"},
		{name: "no end", old: "}}}}\n", new: "}}}}\n{", want: "line 14: has no end"},
		{name: "listens late", old: `{"event":"listen"`, new: `{"event":"hello"`, want: `first event is "hello"`},
		{name: "no summary", old: `{"event":"summary"`, new: `{"event":"bye","time":"2026-01-02T03:04:06Z"`, want: "no summary"},
		{
			name: "summary not last", old: "}}}}\n", new: "}}}}\n" + `{"event":"bye","time":"2026-01-02T03:04:06Z"}` + "\n",
			want: `last event is "bye"`,
		},
		{name: "error", old: `"severity":"warning","text"`, new: `"severity":"error","text"`, want: `some-warning: odd`},
		{name: "of no incident", old: `,"incident":1}`, new: `}`, want: "line 11: is of incident 0, which was not opened"},
		{name: "grown before it opens", old: `"state":"opened"`, new: `"state":"grown"`, want: "line 10: is of incident 1, which was not opened"},
		{name: "without what is missing", old: `,"incident":1}`, new: `,"missed":7}`},
		{name: "lost", old: `"toward":"server","origin":"injected","rtt_ms":0.5`, new: `"toward":"server","origin":"injected","lost":true`, want: "toward the server 1 heartbeats were lost"},
		{name: "lost by the summary", old: `"answered":1,"lost":0,"cut":0`, new: `"answered":1,"lost":1,"cut":0`, want: "toward the server 0 heartbeats were lost (the summary says 1)"},
		{name: "sum", old: `"cut":1`, new: `"cut":0`, want: "toward the client the summary does not add up"},
		{name: "not sent", old: `"cmd":"HeartRequest","injected":true`, new: `"cmd":"HeartRequest"`, want: "toward the server 0 heartbeats are among the frames, and the summary has 1"},
		{name: "sessions", old: `"sessions":1`, new: `"sessions":2`, want: "the summary has 2 sessions, the events 1"},
		{name: "cut too often", old: `"sent":1,"answered":1,"lost":0,"cut":0`, new: `"sent":3,"answered":1,"lost":0,"cut":2`, want: "toward the server 2 heartbeats were cut off, in only 1 sessions"},
		{name: "few", old: `"toward":"client","origin":"injected"`, new: `"toward":"client","origin":"server"`, want: "toward the client 0 heartbeats were answered, too few"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(sound, tt.old) {
				t.Fatalf("nothing to change: %s", tt.old)
			}
			events := NewEvents()
			if _, err := events.Write([]byte(strings.Replace(sound, tt.old, tt.new, 1))); err != nil {
				t.Fatal(err)
			}
			got := strings.Join(events.Tally().Problems(1), "\n")
			if (got != "") != (tt.want != "") || !strings.Contains(got, tt.want) {
				t.Errorf("problems are %q, want one that says %q", got, tt.want)
			}
		})
	}
}

// The events are the same however the output is cut into writes.
func TestEventsCut(t *testing.T) {
	whole, cut := NewEvents(), NewEvents()
	if _, err := whole.Write([]byte(sound)); err != nil {
		t.Fatal(err)
	}
	for i := range len(sound) {
		if _, err := cut.Write([]byte(sound[i : i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := cut.Tally(), whole.Tally(); !reflect.DeepEqual(got, want) {
		t.Errorf("byte by byte %+v\nat once     %+v", got, want)
	}
}

func TestSettled(t *testing.T) {
	lines := strings.SplitAfter(sound, "\n")
	until := func(n int) Tally {
		events := NewEvents()
		if _, err := events.Write([]byte(strings.Join(lines[:n], ""))); err != nil {
			t.Fatal(err)
		}
		return events.Tally()
	}
	tests := []struct {
		name         string
		earlier, now int // lines
		want         bool
	}{
		{"none yet", 2, 2, true},
		{"under way", 3, 3, false},
		{"answered", 3, 5, true},
		{"the next one under way", 3, 6, true},
		{"another side's answer", 6, 6, false},
		{"the last one under way", 12, 12, false},
		{"cut off by its session's end", 12, 13, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := until(tt.now).Settled(until(tt.earlier)); got != tt.want {
				t.Errorf("Settled = %v, want %v", got, tt.want)
			}
		})
	}
}

// A writerFunc is a function as a writer.
type writerFunc func([]byte) (int, error)

// Write implements [io.Writer].
func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// TestLinesComeFirst: who is woken by an event finds its line where all lines are kept.
func TestLinesComeFirst(t *testing.T) {
	events, kept := NewEvents(), 0
	w := events.behind(writerFunc(func(b []byte) (int, error) {
		if kept++; events.Tally().Lines != kept-1 {
			t.Errorf("line %d was counted before it was kept", kept)
		}
		return len(b), nil
	}))
	for range 2 {
		if _, err := w.Write([]byte(`{"event":"listen"}` + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	if events.Tally().Lines != 2 || kept != 2 {
		t.Errorf("%d lines were counted, %d kept", events.Tally().Lines, kept)
	}
}
