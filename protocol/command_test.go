package protocol_test

import (
	"strconv"
	"strings"
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
		if got := c.Spec(); got != want[code] || c.String() != want[code].Name {
			t.Errorf("command %d:\n got %+v\nwant %+v", code, got, want[code])
		}
	}
}

func TestUnknownCommand(t *testing.T) {
	c := protocol.Command(42)
	want := protocol.CommandSpec{Name: "unknown(42)", Sender: protocol.ByEither, Since: 1, Scope: protocol.StreamScope, Data: true}
	if got := c.Spec(); got != want || c.String() != want.Name {
		t.Errorf("Spec() = %+v, want %+v", got, want)
	}
}

func TestParseCommand(t *testing.T) {
	for code := range 256 {
		want := protocol.Command(code)
		names := []string{strconv.Itoa(code)}
		if want.Known() {
			names = append(names, want.String(), strings.ToUpper(want.String()), strings.ToLower(want.String()))
		}
		for _, name := range names {
			if got, err := protocol.ParseCommand(name); err != nil || got != want {
				t.Errorf("ParseCommand(%q) = %v, %v", name, got, err)
			}
		}
	}
	for _, name := range []string{"", "cmdPSH", "unknown(42)", "256", "-1", "+1", "0x10", " PSH"} {
		if got, err := protocol.ParseCommand(name); err == nil {
			t.Errorf("ParseCommand(%q) = %v", name, got)
		}
	}
}
