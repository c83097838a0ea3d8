package gate_test

import (
	"fmt"
	"time"

	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// The relay asks the server for a heartbeat. Of what the server sends then, the answer is
// the relay's own, and all else goes on to the client.
func Example() {
	shared := gate.NewShared(5*time.Second, session.NewSchemes(), new(gate.Rooms))
	toServer, toClient := gate.New(protocol.ClientToServer, shared), gate.New(protocol.ServerToClient, shared)
	now := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	record := func(frames ...protocol.Frame) []byte {
		b := make([]byte, gate.Headroom) // room that the gate may use
		for _, f := range frames {
			b, _ = protocol.AppendFrame(b, f.Command, f.Stream, f.Data)
		}
		return b
	}
	request := protocol.Frame{Command: protocol.HeartRequest}

	preamble := protocol.Preamble{Hash: protocol.HashPassword("secret")}.Append(make([]byte, gate.Headroom))
	toServer.Decide(now, preamble, nil)
	toServer.Inserted(now, request) // the link has written it
	answer := record(
		protocol.Frame{Command: protocol.PSH, Stream: 1, Data: []byte("before")},
		protocol.Frame{Command: protocol.HeartResponse},
		protocol.Frame{Command: protocol.PSH, Stream: 1, Data: []byte("after")},
	)
	for _, v := range toClient.Decide(now, answer, nil) {
		what := map[gate.Order]string{gate.Pass: "pass", gate.Absorb: "absorb", gate.Insert: "insert"}[v.Order]
		fmt.Printf("%s %q\n", what, v.Data)
	}
	// Output:
	// pass "\x02\x00\x00\x00\x01\x00\x06before"
	// absorb "\t\x00\x00\x00\x00\x00\x00"
	// pass "\x02\x00\x00\x00\x01\x00\x05after"
}
