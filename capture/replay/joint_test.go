package replay

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

const (
	jointUp, jointDown = protocol.ClientToServer, protocol.ServerToClient
	onClient, onServer = capture.ClientLeg, capture.ServerLeg
)

// A jointRig is a joint whose events are lines.
type jointRig struct {
	*joint
	t     *testing.T
	now   time.Time
	lines []string
}

func newJointRig(t *testing.T) *jointRig {
	r := &jointRig{t: t, now: time.Unix(1_000_000, 0).UTC()}
	last := time.Time{}
	r.joint = newJoint(new(room), func(e *capture.Event) {
		if e.At.Before(last) {
			t.Errorf("the event at %v comes behind one at %v", e.At, last)
		}
		last = e.At
		r.lines = append(r.lines, jointLine(e))
	})
	return r
}

func jointLine(e *capture.Event) string {
	switch e.Kind {
	case capture.Opened:
		return strings.TrimSpace(fmt.Sprintf("opened %s > %s %v", e.Client, e.Server, e.Leg))
	case capture.Established:
		name := func(t *capture.TLS) string {
			if t == nil {
				return "-"
			}
			return t.SNI
		}
		return fmt.Sprintf("established %s %s", name(e.TLS), name(e.ServerTLS))
	case capture.Data:
		line := fmt.Sprintf("%v %s", e.Dir, e.Data)
		if e.Fate != (session.Fate{}) {
			line += " " + e.Fate.String()
		}
		if e.Continues {
			line += " ..."
		}
		return line
	case capture.Unseen:
		return fmt.Sprintf("%v unseen: %s", e.Dir, e.Why)
	case capture.Closed:
		if e.Blind {
			return fmt.Sprintf("closed by %v, blind: %s", e.By, e.Why)
		}
		return strings.TrimSpace(fmt.Sprintf("closed by %v %s", e.By, strings.Trim(e.Why+"; "+e.Reason, "; ")))
	default:
		return fmt.Sprintf("%v kind %d", e.Dir, e.Kind)
	}
}

// event tells the joint of an event of a leg, a millisecond after the last.
func (r *jointRig) event(l capture.Leg, e capture.Event) {
	r.now = r.now.Add(time.Millisecond)
	e.At = r.now
	r.take(l, &e)
}

func (r *jointRig) data(l capture.Leg, dir protocol.Direction, text string, kind session.FateKind) {
	b := []byte(text)
	r.event(l, capture.Event{Kind: capture.Data, Dir: dir, Data: b, Fate: session.Fate{Kind: kind}})
	clear(b) // it is the caller's again
}

// later lets time pass in which nothing is told.
func (r *jointRig) later() {
	r.now = r.now.Add(time.Second)
	r.event(onServer, capture.Event{Kind: capture.Gone, Dir: jointDown})
}

// stands opens both legs, and stands TLS up.
func (r *jointRig) stands() {
	r.opens(onClient)
	r.server = "server:1"
	r.open()
	r.opens(onServer)
	r.establishes(onServer)
	r.establishes(onClient)
	r.lines = nil
}

func (r *jointRig) opens(l capture.Leg) {
	r.event(l, capture.Event{Kind: capture.Opened, Client: l.String() + "'s client", Server: l.String() + "'s server", Leg: l})
}

func (r *jointRig) establishes(l capture.Leg) {
	r.event(l, capture.Event{Kind: capture.Established, TLS: &capture.TLS{SNI: l.String()}})
}

func (r *jointRig) over(l capture.Leg, e legEnd) {
	e.at = r.now
	if e.endedAt.IsZero() {
		e.endedAt = r.now
	}
	r.ends(l, e)
}

func (r *jointRig) tells(want ...string) {
	r.t.Helper()
	if !slices.Equal(r.lines, want) {
		r.t.Errorf("the joint tells\n\t%s\nwant\n\t%s", strings.Join(r.lines, "\n\t"), strings.Join(want, "\n\t"))
	}
	r.lines = nil
	all := 0
	for d := range r.lanes {
		l := &r.lanes[d]
		held := 0
		for _, q := range []*jointQueue{&l.items, &l.made} {
			for _, it := range q.list[q.head:] {
				held += len(it.event.Data)
				all += itemSize
			}
		}
		all += l.held + cap(l.memory)
		if held != l.held {
			r.t.Errorf("%v: %d bytes are held, and %d counted", l.dir, held, l.held)
		}
	}
	if all != r.room.held {
		r.t.Errorf("%d bytes of the room are held, and %d counted", all, r.room.held)
	}
}

// TestJoint: each byte is told once, as its sender sent it, in its place among the frames
// that the relay made.
func TestJoint(t *testing.T) {
	for _, tt := range []struct {
		name string
		play func(r *jointRig)
		want []string
	}{
		{"forwarded", func(r *jointRig) {
			r.data(onClient, jointUp, "abc", session.Forwarded)
			r.data(onServer, jointUp, "abc", session.Forwarded)
			r.data(onServer, jointDown, "def", session.Forwarded)
			r.data(onClient, jointDown, "de", session.Forwarded)
			r.data(onClient, jointDown, "f", session.Forwarded)
		}, []string{"c2s abc", "s2c def"}},
		{"the receiver's leg stands first", func(r *jointRig) {
			r.data(onServer, jointUp, "abc", session.Forwarded)
			r.data(onServer, jointUp, "REQUEST", session.Injected)
			r.data(onClient, jointUp, "abc", session.Forwarded)
		}, []string{"c2s abc", "c2s REQUEST injected"}},
		{"inserted between records that came together", func(r *jointRig) {
			r.data(onClient, jointUp, "abc", session.Forwarded)
			r.data(onClient, jointUp, "def", session.Forwarded)
			r.data(onServer, jointUp, "abc", session.Forwarded)
			r.data(onServer, jointUp, "REQUEST", session.Injected)
			r.data(onServer, jointUp, "def", session.Forwarded)
		}, []string{"c2s abc", "c2s REQUEST injected", "c2s def"}},
		{"inserted into a record", func(r *jointRig) {
			r.data(onServer, jointDown, "abcdef", session.Forwarded)
			r.data(onClient, jointDown, "abcd", session.Forwarded)
			r.data(onClient, jointDown, "REQUEST", session.Injected)
			r.data(onClient, jointDown, "ef", session.Forwarded)
		}, []string{"s2c abcd", "s2c REQUEST injected", "s2c ef"}},
		{"absorbed", func(r *jointRig) {
			r.data(onServer, jointUp, "REQUEST", session.Injected)
			r.data(onServer, jointDown, "ANSWER", session.Absorbed)
		}, []string{"c2s REQUEST injected", "s2c ANSWER absorbed"}},
		{"an answer waits for its request", func(r *jointRig) {
			r.data(onServer, jointUp, "abc", session.Forwarded)
			r.data(onServer, jointUp, "REQUEST", session.Injected)
			r.data(onServer, jointDown, "ANSWER", session.Absorbed)
			r.data(onClient, jointUp, "abc", session.Forwarded)
		}, []string{"c2s abc", "c2s REQUEST injected", "s2c ANSWER absorbed"}},
		{"not passed on at once", func(r *jointRig) {
			r.data(onClient, jointUp, "abc", session.Forwarded)
			r.data(onServer, jointUp, "ab", session.Forwarded)
			r.now = r.now.Add(time.Second)
			r.event(onServer, capture.Event{Kind: capture.Gone, Dir: jointDown})
		}, []string{"c2s ab", "s2c kind 7"}},
		{"gone, blocked and waiting once each", func(r *jointRig) {
			for _, k := range []capture.Kind{capture.Blocked, capture.Unblocked, capture.HeartbeatsWait, capture.HeartbeatsGo, capture.Gone} {
				for _, l := range []capture.Leg{onClient, onServer} {
					r.event(l, capture.Event{Kind: k, Dir: jointUp})
				}
			}
		}, []string{"c2s kind 8", "c2s kind 9", "c2s kind 10", "c2s kind 11", "c2s kind 7"}},
		{"a gap of the sender's leg", func(r *jointRig) {
			r.data(onClient, jointUp, "abc", session.Forwarded)
			r.event(onClient, capture.Event{Kind: capture.Gap, Dir: jointUp, Missing: 3})
			r.data(onClient, jointUp, "ghi", session.Forwarded)
			r.later()
		}, []string{"c2s abc", "c2s kind 4", "c2s ghi"}},
		{"a gap of the receiver's leg", func(r *jointRig) {
			r.data(onClient, jointUp, "abc", session.Forwarded)
			r.event(onServer, capture.Event{Kind: capture.Gap, Dir: jointUp, Missing: 3})
			r.data(onClient, jointUp, "ghi", session.Forwarded)
			r.data(onServer, jointUp, "REQUEST", session.Injected)
			r.later()
		}, []string{"c2s kind 4", "c2s abc", "c2s ghi", "c2s REQUEST injected"}},
		{"an answer that stands before its request, behind a gap", func(r *jointRig) {
			r.event(onClient, capture.Event{Kind: capture.Gap, Dir: jointUp, Missing: 3})
			asked := r.now.Add(time.Microsecond)
			r.data(onServer, jointDown, "answer", session.Forwarded)
			r.take(onClient, &capture.Event{Kind: capture.Data, Dir: jointUp, Data: []byte("request"), At: asked})
			r.later()
		}, []string{"c2s kind 4", "c2s request", "s2c answer"}},
		{"what the relay did not pass on", func(r *jointRig) {
			r.data(onClient, jointUp, "abc", session.Forwarded)
			r.data(onClient, jointUp, "def", session.Forwarded)
			r.data(onServer, jointUp, "abc", session.Forwarded)
			r.over(onClient, legEnd{by: session.ClosedByServer, byRelay: true})
			r.over(onServer, legEnd{by: session.ClosedByServer, reason: "reset"})
		}, []string{"c2s abc", "closed by server reset"}},
		{"what the capture has no more of", func(r *jointRig) {
			r.data(onClient, jointUp, "abc", session.Forwarded)
			r.over(onClient, legEnd{by: session.ClosedByCapture, reason: "cut", cut: true})
			r.over(onServer, legEnd{by: session.ClosedByServer})
		}, []string{"c2s abc", "closed by capture cut"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newJointRig(t)
			r.t = t
			r.stands()
			tt.play(r)
			r.tells(tt.want...)
		})
	}
}
