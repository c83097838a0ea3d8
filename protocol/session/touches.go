package session

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"anytls-inspect/protocol"
)

// maxTouches bounds how many kinds of frames of how many streams a tracker remembers that
// rules touched.
const maxTouches = 4096

// An aspect is what of a stream, or of a session, a rule touched.
type aspect uint8

const (
	opensStream aspect = iota // SYN, SYNACK
	carries                   // PSH
	endsStream                // FIN
	heartbeat                 // HeartRequest, HeartResponse
	authorises                // the preamble
	greets                    // Settings, ServerSettings, Alert, and what is no known command
	pads                      // Waste, UpdatePaddingScheme
	wholeWay                  // the whole direction
	reading                   // it is read, or not
)

// A touchKey says what was touched. Its stream is 0 where that is the session.
type touchKey struct {
	stream uint32
	aspect aspect
	dir    protocol.Direction
}

// A touch is what rules did to what a key names.
type touch struct {
	Application           // the newest
	nth         uint64    // how manieth it was of the session's
	at          time.Time // when that was
	waits       int       // how many frames wait
	since       time.Time // when the first of these came, or somewhat before
	begun       time.Time // when the last of these came
	lost        bool      // it is what its receiver may have lost the framing by
}

// touches are what rules touched in a session. Their memory is bounded.
type touches struct {
	by map[touchKey]*touch
	n  uint64 // how many there were
}

// keyOf returns what an application touches.
func keyOf(a *Application) touchKey {
	k := touchKey{stream: a.Header.Stream, dir: a.Dir}
	switch {
	case a.Preamble:
		k.aspect = authorises
		return k
	case a.Header.Command == protocol.SYN, a.Header.Command == protocol.SYNACK:
		k.aspect = opensStream
	case a.Header.Command == protocol.PSH:
		k.aspect = carries
	case a.Header.Command == protocol.FIN:
		k.aspect = endsStream
	case a.Header.Command == protocol.HeartRequest, a.Header.Command == protocol.HeartResponse:
		return touchKey{aspect: heartbeat, dir: a.Dir}
	case a.Header.Command == protocol.Waste, a.Header.Command == protocol.UpdatePaddingScheme:
		return touchKey{aspect: pads, dir: a.Dir}
	default:
		return touchKey{aspect: greets, dir: a.Dir}
	}
	return k
}

// take takes note of an application.
func (l *touches) take(at time.Time, a *Application) {
	if a.Action != actionStall || !a.Ended {
		l.note(at, a, keyOf(a))
	}
	switch {
	case a.Action == actionStall:
		l.note(at, a, touchKey{aspect: reading, dir: a.Dir})
	case a.whole():
		l.note(at, a, touchKey{aspect: wholeWay, dir: a.Dir})
	}
}

// note takes note of an application to what a key names.
func (l *touches) note(at time.Time, a *Application, k touchKey) {
	t := l.by[k]
	if t == nil {
		t = l.add(k)
	}
	switch {
	case a.Ended && k.aspect == reading:
		t.waits = 0
	case a.Ended && t.waits > 0:
		t.waits--
		if t.since = later(t.since, at.Add(-a.Held)); t.waits == 1 { // what waits still came no sooner
			t.since = t.begun
		}
	case a.Waits, k.aspect == reading:
		if t.begun = at; t.waits == 0 {
			t.since = at
		}
		t.waits++
	}
	l.n++
	t.Application, t.nth, t.at = *a, l.n, at
}

// holds tells whether frames wait, or did until the newest application.
func (l *touch) holds() bool { return l.waits > 0 || l.Ended }

// add adds a touch. Where there is no room, it forgets the lowest streams, of which nothing
// waits.
func (l *touches) add(k touchKey) *touch {
	if l.by == nil {
		l.by = make(map[touchKey]*touch)
	}
	if len(l.by) >= maxTouches {
		l.forget()
	}
	t := new(touch)
	l.by[k] = t
	return t
}

// forget makes room: it forgets the half with the lowest streams, but for those that wait, and
// all streams where they all do.
func (l *touches) forget() {
	keys := slices.SortedFunc(maps.Keys(l.by), func(a, b touchKey) int { return cmp.Compare(a.stream, b.stream) })
	for _, k := range keys[:len(keys)/2] {
		if k.stream != 0 && l.by[k].waits == 0 {
			delete(l.by, k)
		}
	}
	if len(l.by) >= maxTouches {
		maps.DeleteFunc(l.by, func(k touchKey, _ *touch) bool { return k.stream != 0 })
	}
}

// noteFate takes note of a frame that a rule made or kept, where no application told of it:
// what is inserted has its own stream.
func (t *Tracker) noteFate(s *side, h protocol.Header) {
	f := s.fate
	if !f.Made() && f.Kind.counts() {
		return
	}
	if t.touched == nil {
		t.touched = new(touches)
	}
	a := Application{Rule: f.Rule, Dir: s.dir, Header: h, Action: f.Kind.action()}
	if of := t.touched.by[keyOf(&a)]; of == nil || of.Rule != f.Rule {
		t.touched.note(t.now, &a, keyOf(&a))
	}
}

// action returns the word for what makes a frame's fate.
func (k FateKind) action() string {
	return [...]string{Absorbed: "", Injected: actionMake, Dropped: actionDrop, Replaced: "replace", Repeated: "duplicate", Held: "hold"}[min(k, Held)]
}

// did returns in words what a rule did, as of a time.
func (l *touch) did(now time.Time, k touchKey, its bool) string {
	what := "the " + l.Name()
	switch {
	case k.aspect == wholeWay:
		what = "all that the " + k.dir.Sender().String() + " sends"
	case its && k.stream != 0:
		what = "its " + l.Name()
	case k.stream != 0:
		what += fmt.Sprintf(" of stream %d", k.stream)
	case k.aspect == heartbeat:
		what = "a " + l.Name()
	}
	verb := "touched"
	switch {
	case k.aspect == reading && l.waits > 0:
		return fmt.Sprintf("rule %d has not read what the %v sends for %s", l.Rule, k.dir.Sender(), rounded(now.Sub(l.since)))
	case k.aspect == reading && l.Ended:
		return fmt.Sprintf("rule %d did not read what the %v sends for %s", l.Rule, k.dir.Sender(), rounded(l.Held))
	case l.lost:
		return fmt.Sprintf("rule %d wrote what is no frame to the %v", l.Rule, k.dir.Receiver())
	case l.waits > 0:
		return fmt.Sprintf("rule %d has held %s for %s", l.Rule, what, rounded(now.Sub(l.since)))
	case l.Ended:
		return fmt.Sprintf("rule %d held %s for %s", l.Rule, what, rounded(l.Held))
	case l.Action == actionStall:
		return fmt.Sprintf("rule %d did not read what the %v sends", l.Rule, k.dir.Sender())
	case l.Action == actionCut:
		return fmt.Sprintf("rule %d cut the connection", l.Rule)
	}
	for _, v := range doneBy {
		if v.action == l.Action {
			verb = v.verb
		}
	}
	return fmt.Sprintf("rule %d %s %s", l.Rule, verb, what)
}

// doneBy has what actions do, as a verb. It is never written to.
var doneBy = [...]struct{ action, verb string }{
	{"delay", "delayed"},
	{"hold", "held"},
	{"throttle", "slowed down"},
	{actionDrop, "dropped"},
	{"duplicate", "repeated"},
	{"replace", "replaced"},
	{"corrupt", "changed a bit of"},
	{"insert", "inserted a frame beside"},
	{actionMake, "made"},
	{"split", "split"},
	{"join", "joined"},
}
