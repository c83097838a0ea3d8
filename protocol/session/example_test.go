package session_test

import (
	"fmt"
	"strings"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A printer prints what it is told.
type printer struct{}

func (printer) Frame(f *session.Frame) {
	name := f.Header.Command.String()
	if f.Preamble {
		name = "preamble"
	}
	fmt.Println(strings.TrimSpace(fmt.Sprintf("%v %s %s", f.Dir, name, f.Info())))
}

func (printer) Notice(n session.Notice) {
	switch n := n.(type) {
	case session.StreamOpen:
		fmt.Printf("    stream %d goes to %s\n", n.Stream, n.Target)
	case session.HeartbeatResult:
		fmt.Printf("    the %v answered after %v\n", n.Toward, n.RTT)
	case session.Diagnostic:
		fmt.Printf("    %v %s: %s\n", n.Code.Spec().Severity, n.Code, n.Text)
	default:
		fmt.Printf("    %s\n", n.NoticeName())
	}
}

// A tracker is fed what each side sent, and when. It tells its handler each frame,
// and what the frame meant.
func ExampleTracker() {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tracker := session.NewTracker(session.Config{Snap: 64}, printer{})
	record := func(dir protocol.Direction, wire []byte) {
		tracker.Record(now, dir, wire, session.Fate{}, false)
	}
	const client, server = protocol.ClientToServer, protocol.ServerToClient
	target, _ := protocol.AppendTarget(nil, protocol.Address{Host: "example.com", Port: 80})

	record(client, protocol.Preamble{Hash: protocol.HashPassword("secret"), Padding: 30}.Append(nil))
	record(client, frame(protocol.Settings, 0, []byte("v=2\nclient=test/1")))
	record(server, frame(protocol.ServerSettings, 0, []byte("v=2")))
	record(client, frame(protocol.SYN, 1, nil))
	record(client, frame(protocol.PSH, 1, target))
	record(client, frame(protocol.HeartRequest, 0, nil))
	now = now.Add(40 * time.Millisecond)
	record(server, frame(protocol.HeartResponse, 0, nil))
	record(server, frame(protocol.SYNACK, 1, []byte("connection refused")))
	// Output:
	// c2s preamble padding0 30 bytes
	//     auth
	// c2s Settings v=2 client=test/1
	// s2c ServerSettings v=2
	// c2s SYN
	// c2s PSH example.com:80
	//     stream 1 goes to example.com:80
	// c2s HeartRequest
	// s2c HeartResponse
	//     the server answered after 40ms
	// s2c SYNACK connection refused
	//     warning synack-error: connection refused
}

// A ledger tells whose a heartbeat's answer is: the relay's, which must not be
// forwarded, or the peer's.
func ExampleLedger() {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var l session.Ledger
	l.Ask(session.Request{At: start, Injected: true})
	l.Ask(session.Request{At: start.Add(time.Millisecond)})
	for i := range 3 {
		s := l.Settle(start.Add(time.Duration(5+i)*time.Millisecond), 0)
		fmt.Printf("absorb %v, after %v, unsolicited %v\n", s.Absorb, s.RTT, s.Unsolicited)
	}
	// Output:
	// absorb true, after 5ms, unsolicited false
	// absorb false, after 5ms, unsolicited false
	// absorb false, after 0s, unsolicited true
}
