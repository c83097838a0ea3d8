package protocol

import (
	"fmt"
	"strconv"
	"strings"
)

// A Command is the first byte of a frame (section Command): what the frame does.
type Command uint8

// The commands of protocol version 2. Those below SYNACK exist since version 1.
const (
	Waste               Command = 0
	SYN                 Command = 1
	PSH                 Command = 2
	FIN                 Command = 3
	Settings            Command = 4
	Alert               Command = 5
	UpdatePaddingScheme Command = 6
	SYNACK              Command = 7
	HeartRequest        Command = 8
	HeartResponse       Command = 9
	ServerSettings      Command = 10
)

// A Sender says which peers may send a command. It is a set of directions: bit d
// is set for [Direction] d.
type Sender uint8

// Who may send a command.
const (
	ByClient Sender = 1 << ClientToServer
	ByServer Sender = 1 << ServerToClient
	ByEither Sender = ByClient | ByServer
)

// A Scope says what a command is about.
type Scope uint8

// The scopes of commands.
const (
	SessionScope Scope = iota // the whole session: its frames use stream id 0
	StreamScope               // the stream that the header names
)

// A CommandSpec is what the protocol says of one command.
type CommandSpec struct {
	Name   string // the protocol document's name, without its "cmd" prefix
	Sender Sender
	Since  uint8 // the protocol version that introduced it
	Scope  Scope
	// Data tells whether the frame may carry data. Where a frame carries data that
	// it may not, some peers skip the data. The Go implementations read it as the
	// next frame's header, and lose the framing.
	Data bool
}

// commands is indexed by code. It is never written to.
var commands = [...]CommandSpec{
	Waste:               {"Waste", ByEither, 1, SessionScope, true},
	SYN:                 {"SYN", ByClient, 1, StreamScope, false},
	PSH:                 {"PSH", ByEither, 1, StreamScope, true},
	FIN:                 {"FIN", ByEither, 1, StreamScope, false},
	Settings:            {"Settings", ByClient, 1, SessionScope, true},
	Alert:               {"Alert", ByServer, 1, SessionScope, true},
	UpdatePaddingScheme: {"UpdatePaddingScheme", ByServer, 1, SessionScope, true},
	SYNACK:              {"SYNACK", ByServer, 2, StreamScope, true},
	HeartRequest:        {"HeartRequest", ByEither, 2, SessionScope, false},
	HeartResponse:       {"HeartResponse", ByEither, 2, SessionScope, false},
	ServerSettings:      {"ServerSettings", ByServer, 2, SessionScope, true},
}

// Known tells whether the protocol defines c.
func (c Command) Known() bool { return int(c) < len(commands) }

// Spec returns what the protocol says of c. The spec of an unknown command has a
// name that shows the code, and allows everything.
func (c Command) Spec() CommandSpec {
	if c.Known() {
		return commands[c]
	}
	return CommandSpec{Name: c.String(), Sender: ByEither, Since: 1, Scope: StreamScope, Data: true}
}

// String returns the protocol's name of c, or "unknown(42)".
func (c Command) String() string {
	if c.Known() {
		return commands[c].Name
	}
	return "unknown(" + strconv.Itoa(int(c)) + ")"
}

// ParseCommand returns the command with this name, in upper or lower case, or with
// this code, in decimal.
func ParseCommand(name string) (Command, error) {
	if code, err := strconv.ParseUint(name, 10, 8); err == nil {
		return Command(code), nil
	}
	for c, spec := range commands {
		if strings.EqualFold(spec.Name, name) {
			return Command(c), nil
		}
	}
	return 0, fmt.Errorf("no command %q", name)
}
