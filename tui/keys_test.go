package tui

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/command"
	"anytls-inspect/tui/pane"
)

func TestInjectTowardServer(t *testing.T) {
	x := newScreen(t, story(t), 80, 24)
	before := x.s.j.Version()
	x.press("h")
	if want := []string{"5 server force=false"}; !slices.Equal(x.in.calls, want) {
		t.Errorf("asked the control for %q, want %q", x.in.calls, want)
	}
	x.want("✓ HeartRequest sent to session 5's server")
	if x.s.j.Version() != before {
		t.Error("the screen wrote into the journal")
	}
	// The result gives way to the hints after a while.
	x.s.wait(lasting)
	x.tick().want("space freeze").wantNot("HeartRequest sent")
}

func TestInjectTowardClient(t *testing.T) {
	x := newScreen(t, story(t), 120, 40)
	x.in.outcome = capture.WaitsForStop
	x.press("H").want("… HeartRequest to session 5's client waits: the client's writes are still padded; H again")

	// As long as it waits, the screen says so and why.
	x.want("1 request waits: the client's writes are still padded")

	// Pressing again is the explicit wish not to wait.
	x.press("H").want("without waiting for the padding's stop")
	// And once only.
	x.press("H")
	want := []string{"5 client force=false", "5 client force=true", "5 client force=false"}
	if !slices.Equal(x.in.calls, want) {
		t.Errorf("asked the control for %q, want %q", x.in.calls, want)
	}
}

// TestSecondPressIsOfTheSameSession: a request that waits in one session is no
// reason to force one in another, nor are periodic ones that wait.
func TestSecondPressIsOfTheSameSession(t *testing.T) {
	x := newScreen(t, story(t), 120, 40)
	x.in.outcome = capture.WaitsForStop
	waits := pane.Queues{protocol.Client: {N: 1, Why: capture.WaitsForStop}}
	x.in.waiting[5], x.in.waiting[4] = waits, waits
	x.press("H", "up", "H", "H")
	want := []string{"5 client force=false", "4 client force=false", "4 client force=true"}
	if !slices.Equal(x.in.calls, want) {
		t.Errorf("asked the control for %q, want %q", x.in.calls, want)
	}
}

// TestForcedWhileUnread: who does not wait learns that the request may end the session.
func TestForcedWhileUnread(t *testing.T) {
	x := newScreen(t, story(t), 200, 40)
	x.in.outcome, x.in.forced = capture.WaitsForStop, capture.WrittenUnread
	x.press("H", "H").want("✓ HeartRequest to session 5's client sent, though bytes toward the other peer wait: it may end the session")
	x.press("1", "home", "H", "H").want("HeartRequest toward the clients: sent to 3 sessions (it may end 3, where bytes toward the other peer wait)")
}

func TestInjectMidFrame(t *testing.T) {
	x := newScreen(t, story(t), 120, 40)
	x.in.outcome = capture.WaitsMidFrame
	x.press("H", "H").want(
		"HeartRequest to session 5's client waits: inside a frame",
		"2 requests wait: inside a frame: PSH of stream 2, 10,3",
	)
}

func TestInjectRefused(t *testing.T) {
	for _, err := range []error{
		capture.ErrNoSession, capture.ErrNotAuthenticated, capture.ErrBeforeSettings, capture.ErrDesynchronised,
		capture.ErrNotAnyTLS, capture.ErrSessionClosed, capture.ErrTooManyOwed,
		errors.New("an error\x1b[2Jthat is nobody's"),
	} {
		x := newScreen(t, story(t), 200, 50)
		x.in.err = err
		x.press("h").want("✗ no HeartRequest toward session 5's server: " + strings.ReplaceAll(err.Error(), "\x1b", `\x1b`))
	}
}

func TestInjectIntoAll(t *testing.T) {
	x := newScreen(t, story(t), 200, 50).press("home", "h")
	want := []string{"1 server force=false", "4 server force=false", "5 server force=false"}
	if !slices.Equal(x.in.calls, want) {
		t.Errorf("asked the control for %q, want %q", x.in.calls, want)
	}
	x.want("HeartRequest toward the servers: sent to 3 sessions")
	x.in.err = capture.ErrBeforeSettings
	x.press("H").want("HeartRequest toward the clients: refused by 3: " + capture.ErrBeforeSettings.Error())
}

func TestInjectIntoCapture(t *testing.T) {
	x := newScreen(t, story(t), 80, 24, func(o *Options) { o.Control = nil })
	x.wantNot("♥→server  ")
	for _, key := range []string{"h", "H", "p"} {
		x.press(key).want(capture.ErrNotLive.Error())
		x.s.wait(lasting)
		x.tick().wantNot(capture.ErrNotLive.Error())
	}
	if x.press("q"); !x.quit {
		t.Error("q asks, although quitting closes nothing")
	}
}

// TestInjectReadOnly: where a run only looks, no key asks for a heartbeat.
func TestInjectReadOnly(t *testing.T) {
	x := newScreen(t, story(t), 80, 24, func(o *Options) { o.ReadOnly = true })
	for _, key := range []string{"h", "H", "p"} {
		x.press(key).want(capture.ErrReadOnly.Error())
	}
	if len(x.in.calls) > 0 {
		t.Errorf("asked the control for %q", x.in.calls)
	}
}

func TestInjectWithoutSession(t *testing.T) {
	x := newScreen(t, newScript(t, journal.Limits{}).listen("127.0.0.1:9443"), 80, 24)
	x.press("h").want("no session to inject into")
}

func TestPeriodic(t *testing.T) {
	x := newScreen(t, story(t), 120, 40)
	x.press("p").want("periodic heartbeats: 1s →server", "♥ 1s →server")
	if x.in.periodic != defaultHeartbeat() {
		t.Errorf("set %+v", x.in.periodic)
	}
	x.press("p").want("periodic heartbeats: off").wantNot("♥ 1s")

	// What the command line began is what comes back.
	x.in.periodic = capture.Periodic{Every: 90 * time.Second, Toward: protocol.ByPeer[bool]{true, true}}
	x.s.wait(aging)
	x.tick().want("♥ 1m30s →both")
	x.press("p", "p").want("♥ 1m30s →both")
	if x.in.periodic.Every != 90*time.Second {
		t.Errorf("set %+v", x.in.periodic)
	}
}

func TestQuit(t *testing.T) {
	x := newScreen(t, story(t), 80, 24)
	for _, no := range []string{"n", "esc", "enter", "q"} {
		x.press("q").want("3 sessions are open", "y / N")
		if x.press(no); x.quit {
			t.Errorf("%s quits", no)
		}
		x.wantNot("sessions are open")
	}
	if x.press("q", "h"); len(x.in.calls) > 0 {
		t.Error("a key went past the dialog")
	}
	if x.press("y"); !x.quit {
		t.Error("y does not quit")
	}

	x = newScreen(t, story(t), 80, 24)
	if x.press("ctrl+c"); !x.quit {
		t.Error("ctrl+c does not quit at once")
	}

	x = newScreen(t, story(t), 80, 24)
	for _, id := range []capture.SessionID{1, 4, 5} {
		x.s.close(id, session.ClosedByClient, "")
	}
	if x.press("q"); !x.quit {
		t.Error("q asks, although no session is open")
	}
}

// TestHelpShowsAllKeys: each binding is in the help.
func TestHelpShowsAllKeys(t *testing.T) {
	x := newScreen(t, story(t), 120, 50).press("?")
	for _, g := range x.m.commands.Groups() {
		x.want(g.Title)
		for _, c := range g.Commands {
			if c.Help != "" {
				x.want(c.Label)
			}
		}
	}
	x.press("esc").wantNot("? or esc closes")
}

// TestEveryCommandIsDone: the model does what each command of the table runs.
func TestEveryCommandIsDone(t *testing.T) {
	newPlayedScreen := func() *screen {
		x, _ := newPlayed(t, nil)
		return x
	}
	for _, newScreen := range []func() *screen{func() *screen { return newScreen(t, story(t), 120, 40) }, newPlayedScreen} {
		for _, g := range newScreen().m.commands.Groups() {
			for _, c := range g.Commands {
				if x := newScreen(); c.Refusal(x.m.state()) == nil {
					x.m.do(c.Run) // it panics where it has no case
				}
			}
		}
	}
	// In some pane, each can be run by its key.
	for _, key := range keysOf(command.New(false)) {
		x := newScreen(t, story(t), 120, 40)
		if x.m.commands.Find(key).Refusal(x.m.state()) != nil {
			t.Errorf("%q is refused although sessions are live", key)
		}
		if name := keyMsg(key).String(); name != key {
			t.Errorf("a command has the key %q, which Bubble Tea calls %q", key, name)
		}
	}
}

func TestFocus(t *testing.T) {
	x := newScreen(t, story(t), 120, 40)
	var order []pane.ID
	for range 5 {
		x.press("tab")
		order = append(order, x.m.focus)
	}
	if want := []pane.ID{pane.StreamsID, pane.FramesID, pane.HeartbeatsID, pane.IncidentsID, pane.SessionsID}; !slices.Equal(order, want) {
		t.Errorf("tab goes to %v, want %v", order, want)
	}
	if x.press("shift+tab"); x.m.focus != pane.IncidentsID {
		t.Errorf("shift+tab goes to %v", x.m.focus)
	}
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
		x := newScreen(t, story(t), size[0], size[1])
		for id := range pane.Count {
			if x.press(strconv.Itoa(int(id) + 1)); x.m.focus != id || !x.m.onScreen(id) {
				t.Errorf("%d×%d: %d goes to %v", size[0], size[1], id+1, x.m.focus)
			}
		}
	}
}

// TestOpenAndBack goes down to a frame's bytes and up again.
func TestOpenAndBack(t *testing.T) {
	x := newScreen(t, story(t), 80, 24).press("home", "down", "enter")
	if x.m.focus != pane.FramesID || x.m.showing != 1 {
		t.Fatalf("enter on a session goes to %v of session %d", x.m.focus, x.m.showing)
	}
	x.press("home", "down", "enter").want("Settings (4)", "client       sing-box/1.12.8", "(the default scheme)")
	x.press("esc")
	if x.m.focus != pane.FramesID || x.m.onScreen(pane.DetailID) {
		t.Fatalf("esc goes to %v", x.m.focus)
	}
	x.press("2", "home", "down", "down", "enter").want("stream 3 only", "dial tcp 10.0.0.5")
	x.press("esc").wantNot("stream 3 only")
	if x.press("esc"); x.m.focus != pane.SessionsID {
		t.Fatalf("esc goes to %v", x.m.focus)
	}
}

// TestDiagnosticLeadsToItsFrame: enter on an incident lists its diagnostics, from the first
// on, and enter on one of them goes to the frame that gave rise to it, in its session. From
// the diagnostics, esc goes back to the incidents.
func TestDiagnosticLeadsToItsFrame(t *testing.T) {
	x := newScreen(t, story(t), 120, 40).press("5", "home")
	for n := 0; !strings.Contains(strings.Join(x.lines("▸ ▲"), ""), "target refused"); n++ {
		if n > 20 {
			t.Fatalf("the refused target is no incident:\n%s", x.text())
		}
		x.press("down")
	}
	x.press("enter").want(" incident 1 ", "esc: all incidents", "synack-error", "dial tcp 10.0.0.5")
	x.press("esc").want("target refused").wantNot("esc: all").press("enter", "enter")
	if x.m.showing != 1 || x.m.focus != pane.FramesID {
		t.Fatalf("went to %v of session %d", x.m.focus, x.m.showing)
	}
	if got := x.lines("▸"); len(got) == 0 || !slices.ContainsFunc(got, func(line string) bool {
		return strings.Contains(line, "SYNACK") && strings.Contains(line, "dial tcp")
	}) {
		t.Errorf("chose\n%s", strings.Join(got, "\n"))
	}
}

// TestKillUnderADialog: ctrl+c ends the program whatever lies over the screen.
func TestKillUnderADialog(t *testing.T) {
	for _, over := range []string{"?", "q"} {
		x := newScreen(t, story(t), 80, 24).press(over)
		if x.press("ctrl+c"); !x.quit {
			t.Errorf("ctrl+c does not quit after %s", over)
		}
	}
}

// TestBackFromFramesWithDetail: esc closes the detail first, also from the list beside it.
func TestBackFromFramesWithDetail(t *testing.T) {
	x := newScreen(t, story(t), 120, 40).press("3", "enter", "3").want("6 Detail")
	if x.press("esc"); x.m.onScreen(pane.DetailID) || x.m.focus != pane.FramesID {
		t.Errorf("esc goes to %v, and the detail is shown: %v", x.m.focus, x.m.onScreen(pane.DetailID))
	}
	if x.press("esc"); x.m.focus != pane.SessionsID {
		t.Errorf("esc goes to %v", x.m.focus)
	}
}

// TestForcedWhileItWaits: another H forces only what still waits.
func TestForcedWhileItWaits(t *testing.T) {
	x := newScreen(t, story(t), 120, 40)
	x.in.outcome = capture.WaitsForStop
	x.press("H")
	clear(x.in.waiting) // it was sent
	x.press("H")
	if want := []string{"5 client force=false", "5 client force=false"}; !slices.Equal(x.in.calls, want) {
		t.Errorf("asked the control for %q, want %q", x.in.calls, want)
	}
}

// TestDetailBeginsAtTheTop: another frame is shown from its beginning, the same one stays
// as far as it was read.
func TestDetailBeginsAtTheTop(t *testing.T) {
	x := newScreen(t, story(t), 120, 40).press("1", "g", "down", "3", "g").press(repeat("down", 7)...)
	x.press("enter").want("PSH (2)", "700 bytes").press("G").wantNot("PSH (2)")
	x.s.talk(5, 1, 10, 10)
	x.tick().wantNot("PSH (2)")
	x.press("3", "down").want("PSH (2)", "16,000 bytes")
}

// TestReadFrameStays: the frame that is read stays the chosen one.
func TestReadFrameStays(t *testing.T) {
	x := newScreen(t, story(t), 120, 40).press("3", "G", "enter")
	read := x.m.frames.Chosen()
	x.s.talk(5, 1, 100, 100)
	if x.tick(); x.m.frames.Chosen() != read {
		t.Errorf("frame %d is chosen, and %d was being read", x.m.frames.Chosen(), read)
	}
}

// TestDetailIsOfTheSession: a detail shows no frame of a session that was left.
func TestDetailIsOfTheSession(t *testing.T) {
	for _, h := range []int{24, 50} {
		x := newScreen(t, story(t), 80, h).press("1", "g", "down", "3", "enter").want("1, stream 2")
		x.press("1", "up", "down", "down", "down", "down")
		x.press("2", "6").wantNot("1, stream 2")
	}
}

// TestWaitingOfAll: what waits in several sessions for several reasons is told by one of
// them, and always the same.
func TestWaitingOfAll(t *testing.T) {
	x := newScreen(t, story(t), 120, 40).press("1", "g")
	x.in.waiting[1] = pane.Queues{protocol.Client: {N: 1, Why: capture.WaitsForStop}}
	x.in.waiting[4] = pane.Queues{protocol.Client: {N: 2, Why: capture.WaitsMidFrame}}
	x.in.waiting[5] = pane.Queues{protocol.Client: {N: 1, Why: capture.WaitsWriting}}
	for range 20 {
		x.m.refreshQueues()
		x.want("4 requests wait: the client's writes are still padded")
	}
}

// TestWaitingByRules: what rules hold or insert are no heartbeats of the relay's own.
func TestWaitingByRules(t *testing.T) {
	x := newScreen(t, story(t), 120, 40).press("1", "g")
	x.in.held = []capture.Waiting{
		{Came: true, Why: capture.WaitsForDue, Insert: capture.Insert{Rule: 1, Toward: protocol.Client}},
		{Why: capture.WaitsForDue, Insert: capture.Insert{Rule: 2, Toward: protocol.Server}},
	}
	x.m.refreshQueues()
	x.wantNot(capture.WaitsForDue.String()).wantNot("request waits").wantNot("requests wait")
}

// TestFrozenServerIsNotStalled: a peer that sends nothing is not said to be busy, though
// the relay sends in its place.
func TestFrozenServerIsNotStalled(t *testing.T) {
	const stalled = "stalled, probably by stream data"
	s := newScript(t, journal.Limits{})
	s.open(1, "192.0.2.1:1").greet(1, "one/1", "one.example")
	s.beat(1, protocol.Server, 0).wait(4 * time.Second) // it is lost
	s.beat(1, protocol.Server, 0)
	for range 3 {
		s.beat(1, protocol.Client, time.Millisecond)
	}
	x := newScreen(t, s, 120, 40).want("session 1").wantNot(stalled)
	x.s.down(1, s.frame(protocol.PSH, 1, "bytes of the server's own"))
	x.tick().want(stalled)
}
