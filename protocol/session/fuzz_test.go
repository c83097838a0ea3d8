package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
	"anytls-inspect/protocol/session"
)

// An audit handles what a tracker finds, and keeps counts of its own.
type audit struct {
	t       testing.TB
	tracker *session.Tracker
	last    time.Time
	back    bool // the clock was set back

	frames      protocol.ByDirection[uint64] // a preamble is none
	cut         protocol.ByDirection[uint64] // those of frames that were cut
	commands    protocol.ByDirection[[256]uint64]
	whole       protocol.ByDirection[uint64] // bytes of whole frames
	pushed      protocol.ByDirection[uint64] // bytes of whole PSHs' data
	opens       uint64
	closes      uint64
	results     protocol.ByPeer[session.ByOrigin[map[string]uint64]] // heartbeats by outcome
	diagnostics map[session.Code]uint64
}

func (a *audit) Frame(f *session.Frame) {
	if !f.Preamble {
		a.frames[f.Dir]++
	}
	if f.At.Before(a.last) && !a.back {
		a.t.Fatalf("a frame of %v after %v", f.At, a.last)
	}
	a.last = f.At
	_ = f.Info() // must not panic
	switch {
	case f.Cut:
		a.cut[f.Dir]++
	case f.Preamble:
		a.whole[f.Dir] += protocol.PreambleLen + uint64(f.Header.Length)
	default:
		a.commands[f.Dir][f.Header.Command]++
		a.whole[f.Dir] += protocol.HeaderLen + uint64(f.Header.Length)
		if f.Header.Command == protocol.PSH {
			a.pushed[f.Dir] += uint64(f.Header.Length)
		}
	}
}

func (a *audit) Notice(n session.Notice) {
	if now := a.tracker.Now(); now.Before(a.last) && !a.back {
		a.t.Fatalf("%+v of %v after %v", n, now, a.last)
	} else {
		a.last = now
	}
	switch n := n.(type) {
	case session.StreamOpen:
		a.opens++
	case session.StreamClose:
		a.closes++
	case session.HeartbeatResult:
		outcome := "answered"
		switch {
		case n.Lost:
			outcome = "lost"
		case n.Unsupported:
			outcome = "unsupported"
		case n.Late:
			outcome = "late"
		}
		m := &a.results[n.Toward][n.Origin]
		if *m == nil {
			*m = make(map[string]uint64)
		}
		(*m)[outcome]++
	case session.Diagnostic:
		if a.diagnostics == nil {
			a.diagnostics = make(map[session.Code]uint64)
		}
		a.diagnostics[n.Code]++
		// Text that is printable has no escapes but those of Printable.
		clean := strings.ReplaceAll(n.Text, `\`, "")
		if n.Nth != a.diagnostics[n.Code] || n.Code.Spec().Advice == "" || n.Text == "" || protocol.Printable(clean) != clean {
			a.t.Fatalf("diagnostic %d: %+v", a.diagnostics[n.Code], n)
		}
	}
}

// check compares the counts with the tracker's.
func (a *audit) check() {
	a.t.Helper()
	st := a.tracker.State()
	equal := func(what string, got, want uint64) {
		a.t.Helper()
		if got != want {
			a.t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	for dir := range st.Wire {
		name := protocol.Direction(dir).String()
		equal(name+" frames", st.Frames[dir], a.frames[dir])
		if st.Evidence.Gaps[dir] > 0 || st.Evidence.Unseen[dir] != "" {
			if st.Opaque[dir] > st.Wire[dir] {
				a.t.Errorf("%s: %d bytes of %d were not decoded", name, st.Opaque[dir], st.Wire[dir])
			}
			continue // of a frame that is cut it is not told how much of it came
		}
		var commands, unknown uint64
		for c, n := range a.commands[dir] {
			if protocol.Command(c).Known() {
				equal(fmt.Sprintf("%s %v", name, protocol.Command(c)), st.Commands[dir][c], n)
				commands += n
			} else {
				unknown += n
			}
		}
		equal(name+" unknown", st.Unknown[dir], unknown)
		partial := st.Wire[dir] - a.whole[dir] - st.Opaque[dir]
		f := a.tracker.Framing(protocol.Direction(dir))
		h, left, inside := f.Pending()
		switch {
		case f.State().Opaque() && a.cut[dir] == 0:
			equal(name+" bytes that are neither", partial, 0)
		case inside:
			got := uint64(h.Length) - uint64(left)
			equal(name+" bytes of a frame to come", partial, protocol.HeaderLen+got)
			if h.Command == protocol.PSH {
				a.payload(dir, name, got)
			}
		case f.State() == session.AwaitingPreamble:
			if partial > protocol.PreambleLen+protocol.MaxData {
				a.t.Errorf("%s: %d bytes of a preamble", name, partial)
			}
		case !f.State().Opaque():
			equal(name+" bytes of a header", partial, uint64(len(f.Buffered())))
			a.payload(dir, name, 0)
		}
	}
	if st.Evidence.Gaps[c2s] == 0 {
		equal("streams", st.Streams, a.commands[c2s][protocol.SYN])
	}
	listed, open, gone := a.tracker.StreamCount()
	equal("streams listed and forgotten", uint64(listed)+gone, st.Streams-st.Untracked)
	equal("streams open and closed", uint64(open)+a.closes, st.Streams-st.Untracked)
	if a.opens > st.Streams {
		a.t.Errorf("%d targets of %d streams", a.opens, st.Streams)
	}
	var severities uint64
	for _, n := range st.Severities {
		severities += n
	}
	var diagnostics uint64
	for code, n := range a.tracker.Diagnostics() {
		equal(string(code), n, a.diagnostics[code])
		diagnostics += n
	}
	equal("diagnostics by severity", severities, diagnostics)
	a.heartbeats()
}

// payload compares the payload counted with what the PSHs carried: all of the
// server's, and all but targets of the client's.
func (a *audit) payload(dir int, name string, partial uint64) {
	a.t.Helper()
	got, want := a.tracker.State().Payload[dir], a.pushed[dir]+partial
	if got > want || got < want && dir == int(s2c) {
		a.t.Errorf("%s payload: %d of %d bytes", name, got, want)
	}
}

func (a *audit) heartbeats() {
	a.t.Helper()
	for peer := protocol.Client; peer <= protocol.Server; peer++ {
		var sent uint64
		for o := session.OriginRelay; o <= session.OriginPeer; o++ {
			h := a.tracker.Heartbeats(peer, o)
			got := a.results[peer][o]
			if h.Answered != got["answered"] || h.Lost != got["lost"] || h.Unsupported != got["unsupported"] || h.Late != got["late"] {
				a.t.Errorf("heartbeats toward the %v, origin %d: %+v, want %v", peer, o, h, got)
			}
			if h.Waiting() > h.Sent || h.Late > h.Lost+h.Unsupported || uint64(h.Quantiles().Count) != h.Answered+h.Late {
				a.t.Errorf("heartbeats toward the %v, origin %d: %+v, waiting %d", peer, o, h, h.Waiting())
			}
			sent += h.Sent
		}
		if want := a.commands[peer.Toward()][protocol.HeartRequest]; sent != want && a.tracker.State().Evidence.Gaps[peer.Toward()] == 0 {
			a.t.Errorf("%d heartbeats toward the %v, want %d", sent, peer, want)
		}
	}
}

// addScripts adds the scripts of testdata to a corpus: the bytes of each side,
// and a plan to feed them by.
func addScripts(f *testing.F) {
	for _, file := range scriptFiles(f) {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range a.Files {
			if strings.HasSuffix(part.Name, wantSuffix) {
				continue
			}
			s, err := parseScript(string(part.Data))
			if err != nil {
				f.Fatal(err)
			}
			var wires protocol.ByDirection[[]byte]
			var plan []byte
			for _, st := range s.steps {
				if st.Kind == script.Open {
					continue
				}
				wires[st.Dir] = append(wires[st.Dir], st.Wire...)
				plan = append(plan, byte(st.Dir)|7<<1|byte(st.Kind)<<4)
			}
			f.Add(wires[c2s], wires[s2c], plan)
		}
	}
}

// FuzzFeeding holds that it makes no difference how arbitrary bytes are cut, and
// how often a tracker is told the time.
func FuzzFeeding(f *testing.F) {
	addScripts(f)
	f.Fuzz(func(t *testing.T, client, server, plan []byte) {
		s := playedScript{cfg: session.Config{Snap: 64, KeepStreams: 4}}
		wires := protocol.ByDirection[[]byte]{client, server}
		take := func(dir protocol.Direction, n int) {
			n = min(n, len(wires[dir]))
			s.steps = append(s.steps, script.Step{Kind: script.Data, Dir: dir, Wire: wires[dir][:n]})
			wires[dir] = wires[dir][n:]
		}
		for _, p := range plan {
			take(protocol.Direction(p&1), 1<<(p>>1&7))
			s.steps = append(s.steps, script.Step{Kind: script.Wait, Wait: time.Duration(p>>4) * 400 * time.Millisecond})
		}
		take(c2s, len(client))
		take(s2c, len(server))
		sighted, blind := play(s, feeding{}).String(), play(s, feeding{blind: true}).String()
		for name, how := range map[string]feeding{
			"a byte at a time":                 {chunk: func(protocol.Direction, int) int { return 1 }},
			"three bytes at a time":            {chunk: func(protocol.Direction, int) int { return 3 }},
			"the time told every 90ms":         {tick: 90 * time.Millisecond},
			"the time told every 90ms, joined": {tick: 90 * time.Millisecond, join: true, blind: true},
		} {
			want := sighted
			if how.blind {
				want = blind
			}
			if got := play(s, how).String(); got != want {
				t.Fatalf("%s (-as planned +so):\n%s", name, cmp.Diff(want, got))
			}
		}
	})
}

// FuzzTracker feeds a tracker arbitrary bytes both ways, cut and timed by a plan. It
// must not panic, it must count the frames that it hands out, and what it holds must
// be bounded.
func FuzzTracker(f *testing.F) {
	addScripts(f)
	f.Fuzz(func(t *testing.T, client, server, plan []byte) {
		a := &audit{t: t, last: start}
		a.tracker = session.NewTracker(session.Config{Snap: 64, KeepStreams: 4, Fleet: session.NewFleet()}, a)
		a.tracker.Opened(start, 1, "192.0.2.1:1000", "server:443")
		wires := protocol.ByDirection[[]byte]{client, server}
		now := start
		// Each byte of the plan is a direction, how much of it, and what comes before.
		for _, p := range plan {
			dir := protocol.Direction(p & 1)
			switch p >> 4 {
			case 1:
				now = now.Add(time.Second)
			case 2:
				now = now.Add(5 * time.Second)
				a.tracker.Tick(now)
			case 3:
				if a.tracker.Framing(dir).AtBoundary() {
					a.tracker.Data(now, dir, frame(protocol.HeartRequest, 0, nil), session.Fate{Kind: session.Injected})
				}
			case 4:
				if a.tracker.Framing(dir).AtBoundary() {
					a.tracker.Data(now, dir, frame(protocol.HeartResponse, 0, nil), session.Fate{Kind: session.Absorbed})
				}
			}
			switch p >> 4 {
			case 6:
				a.tracker.Gone(now, dir.Sender())
			case 7:
				a.tracker.Blocked(now, dir, now.Add(-time.Second), uint64(p), p%2 > 0)
			case 8:
				a.tracker.Unblocked(now, dir)
			case 9:
				a.tracker.HeartbeatsWait(now, dir.Receiver(), now, "why")
			case 10:
				a.tracker.HeartbeatsGo(now, dir.Receiver())
			case 11:
				now = now.Add(3 * time.Second)
			case 12:
				a.tracker.Gap(now, dir, int64(p>>1&7)*5-1)
			case 13:
				a.tracker.Order(now, time.Duration(p&7)*100*time.Millisecond, p&8 > 0)
			case 14:
				now, a.back = now.Add(-time.Duration(p&15)*time.Second), true
			case 15:
				a.tracker.Unseen(now, dir, "why")
			}
			if owed := a.tracker.AppendOwed(nil); len(owed) > session.MostOwed || !slices.IsSortedFunc(owed, func(a, b session.Obligation) int { return a.Since.Compare(b.Since) }) {
				t.Fatalf("owed are %+v", owed)
			}
			n := min(1<<(p>>1&7), len(wires[dir]))
			a.tracker.Record(now, dir, wires[dir][:n], session.Fate{}, p>>4 == 5)
			wires[dir] = wires[dir][n:]
		}
		for dir, rest := range wires {
			a.tracker.Data(now, protocol.Direction(dir), rest, session.Fate{})
		}
		a.check()
		a.tracker.Gap(now, c2s, 10)
		a.tracker.Close(now.Add(time.Second), session.ClosedByRelay)
		a.check()
		for peer := protocol.Client; peer <= protocol.Server; peer++ {
			for o := session.OriginRelay; o <= session.OriginPeer; o++ {
				if n := a.tracker.Heartbeats(peer, o).Waiting(); n != 0 {
					t.Errorf("%d heartbeats toward the %v wait after the end", n, peer)
				}
			}
		}
		listed, queued, owed, buffered := a.tracker.Held()
		if listed > 5 || queued+owed+buffered != 0 {
			t.Errorf("after the end %d streams, %d queued, %d requests and %d bytes are held", listed, queued, owed, buffered)
		}
	})
}
