package tui

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
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
	for _, g := range x.m.keys.groups() {
		for _, b := range g.keys {
			x.want(b.Help().Key)
		}
	}
	x.press("esc").wantNot("? or esc closes")
}

func TestFocus(t *testing.T) {
	x := newScreen(t, story(t), 120, 40)
	var order []paneID
	for range 5 {
		x.press("tab")
		order = append(order, x.m.focus)
	}
	if want := []paneID{streamsID, framesID, heartbeatsID, diagnosticsID, sessionsID}; !slices.Equal(order, want) {
		t.Errorf("tab goes to %v, want %v", order, want)
	}
	if x.press("shift+tab"); x.m.focus != diagnosticsID {
		t.Errorf("shift+tab goes to %v", x.m.focus)
	}
	for i, key := range []string{"1", "2", "3", "4", "5", "6"} {
		if x.press(key); x.m.focus != paneID(i) || !x.m.onScreen(paneID(i)) {
			t.Errorf("%s goes to %v", key, x.m.focus)
		}
	}
}

// TestOpenAndBack goes down to a frame's bytes and up again.
func TestOpenAndBack(t *testing.T) {
	x := newScreen(t, story(t), 80, 24).press("home", "down", "enter")
	if x.m.focus != framesID || x.m.showing != 1 {
		t.Fatalf("enter on a session goes to %v of session %d", x.m.focus, x.m.showing)
	}
	x.press("home", "down", "enter").want("Settings (4)", "client       sing-box/1.12.8", "(the default scheme)")
	x.press("esc")
	if x.m.focus != framesID || x.m.onScreen(detailID) {
		t.Fatalf("esc goes to %v", x.m.focus)
	}
	x.press("2", "home", "down", "down", "enter").want("stream 3 only", "dial tcp 10.0.0.5")
	x.press("esc").wantNot("stream 3 only")
	if x.press("esc"); x.m.focus != sessionsID {
		t.Fatalf("esc goes to %v", x.m.focus)
	}
}

// TestDiagnosticLeadsToItsFrame: enter on a diagnostic goes to the frame that
// gave rise to it, in its session.
func TestDiagnosticLeadsToItsFrame(t *testing.T) {
	x := newScreen(t, story(t), 120, 40).press("5", "home", "enter")
	if x.m.showing != 1 || x.m.focus != framesID {
		t.Fatalf("went to %v of session %d", x.m.focus, x.m.showing)
	}
	if got := x.lines("▸"); len(got) == 0 || !slices.ContainsFunc(got, func(line string) bool {
		return strings.Contains(line, "SYNACK") && strings.Contains(line, "dial tcp")
	}) {
		t.Errorf("chose\n%s", strings.Join(got, "\n"))
	}
}
