package protocol_test

import (
	"testing"

	"anytls-inspect/protocol"
)

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
