package protocol_test

import (
	"testing"

	"anytls-inspect/protocol"
)

// TestCommandTable holds the table to the protocol document, row by row.
func TestCommandTable(t *testing.T) {
	const (
		client = protocol.ByClient
		server = protocol.ByServer
		either = protocol.ByEither
	)
	want := []protocol.CommandSpec{
		0:  {Name: "Waste", Sender: either, Since: 1, Scope: protocol.SessionScope, Data: true},
		1:  {Name: "SYN", Sender: client, Since: 1, Scope: protocol.StreamScope, Data: false},
		2:  {Name: "PSH", Sender: either, Since: 1, Scope: protocol.StreamScope, Data: true},
		3:  {Name: "FIN", Sender: either, Since: 1, Scope: protocol.StreamScope, Data: false},
		4:  {Name: "Settings", Sender: client, Since: 1, Scope: protocol.SessionScope, Data: true},
		5:  {Name: "Alert", Sender: server, Since: 1, Scope: protocol.SessionScope, Data: true},
		6:  {Name: "UpdatePaddingScheme", Sender: server, Since: 1, Scope: protocol.SessionScope, Data: true},
		7:  {Name: "SYNACK", Sender: server, Since: 2, Scope: protocol.StreamScope, Data: true},
		8:  {Name: "HeartRequest", Sender: either, Since: 2, Scope: protocol.SessionScope, Data: false},
		9:  {Name: "HeartResponse", Sender: either, Since: 2, Scope: protocol.SessionScope, Data: false},
		10: {Name: "ServerSettings", Sender: server, Since: 2, Scope: protocol.SessionScope, Data: true},
	}
	for code := range 256 {
		c := protocol.Command(code)
		if known := code < len(want); c.Known() != known {
			t.Errorf("command %d: Known() = %v", code, c.Known())
		} else if !known {
			continue
		}
		if got := c.Spec(); got != want[code] {
			t.Errorf("command %d:\n got %+v\nwant %+v", code, got, want[code])
		}
		if got, ok := protocol.ParseCommand(c.String()); !ok || got != c {
			t.Errorf("ParseCommand(%q) = %d, %v", c, got, ok)
		}
	}
}

func TestUnknownCommand(t *testing.T) {
	c := protocol.Command(42)
	want := protocol.CommandSpec{Name: "unknown(42)", Sender: protocol.ByEither, Since: 1, Scope: protocol.StreamScope, Data: true}
	if got := c.Spec(); got != want || c.String() != want.Name {
		t.Errorf("Spec() = %+v, want %+v", got, want)
	}
	for _, name := range []string{"unknown(42)", "", "psh", "cmdPSH"} {
		if got, ok := protocol.ParseCommand(name); ok {
			t.Errorf("ParseCommand(%q) = %v", name, got)
		}
	}
}

func TestDirections(t *testing.T) {
	tests := []struct {
		dir, reverse     protocol.Direction
		sender, receiver protocol.Peer
		name             string
	}{
		{protocol.ClientToServer, protocol.ServerToClient, protocol.Client, protocol.Server, "c2s"},
		{protocol.ServerToClient, protocol.ClientToServer, protocol.Server, protocol.Client, "s2c"},
	}
	for _, test := range tests {
		d := test.dir
		if d.Reverse() != test.reverse || d.Sender() != test.sender || d.Receiver() != test.receiver || d.String() != test.name {
			t.Errorf("%v: reverse %v, from %v to %v", d, d.Reverse(), d.Sender(), d.Receiver())
		}
		if got := d.Receiver().Toward(); got != d {
			t.Errorf("%v travels to the %v, which is reached by %v", d, d.Receiver(), got)
		}
		if spec := protocol.SYN.Spec(); (spec.Sender&(1<<d) != 0) != (d == protocol.ClientToServer) {
			t.Errorf("a SYN may travel %v: %v", d, spec.Sender)
		}
	}
	if protocol.Client.String() != "client" || protocol.Server.String() != "server" {
		t.Errorf("the peers are called %v and %v", protocol.Client, protocol.Server)
	}
}
