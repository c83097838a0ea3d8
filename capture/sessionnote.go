package capture

import (
	"strconv"
	"strings"
	"time"

	"anytls-inspect/protocol"
)

// LegNote returns the comment of a recording on the SYN of a leg: which session it is of, by
// its number in the recorded run. It reads
//
//	session 3, client leg
func LegNote(id SessionID, l Leg) string {
	return "session " + strconv.FormatUint(uint64(id), 10) + ", " + l.InterfaceName()
}

// ParseLegNote returns the session and the leg that a comment names. ok is false where it is
// not [LegNote]'s.
func ParseLegNote(comment string) (id SessionID, l Leg, ok bool) {
	number, leg, _ := strings.Cut(strings.TrimPrefix(comment, "session "), ", ")
	n, err := strconv.ParseUint(number, 10, 32)
	id, l = SessionID(n), LegOfInterface(leg)
	return id, l, err == nil && l != NoLeg && comment == LegNote(id, l)
}

// A SessionNote tells of a session what its packets do not show. A recording has it as the
// comment on the SYNACK of each leg. It reads
//
//	toward server.example:8443
//	toward server.example:8443, heartbeats every 30s toward client and server, under rules, route test
type SessionNote struct {
	Server   string // host:port, as the route names it
	Route    string // its name, printable; empty where there is one route
	Periodic Periodic
	Rules    bool // the relay has rules
}

// The parts of a [SessionNote].
const (
	notesServer   = "toward "
	notesPeriodic = "heartbeats every "
	notesRules    = "under rules"
	notesRoute    = "route "
	notesBoth     = "client and server"
)

// String returns the note's text.
func (n SessionNote) String() string {
	text := notesServer + n.Server
	if p := n.Periodic; p.Every > 0 {
		text += ", " + notesPeriodic + p.Every.String() + " toward "
		switch p.Toward {
		case protocol.ByPeer[bool]{true, true}:
			text += notesBoth
		case protocol.ByPeer[bool]{protocol.Client: true}:
			text += protocol.Client.String()
		default:
			text += protocol.Server.String()
		}
	}
	if n.Rules {
		text += ", " + notesRules
	}
	if n.Route != "" {
		text += ", " + notesRoute + n.Route
	}
	return text
}

// maxSessionNote bounds what is told of a session's note, in bytes.
const maxSessionNote = 1 << 10

// ParseSessionNote returns the note that a comment is. Its texts are printable. ok is false
// where it is none.
func ParseSessionNote(comment string) (n SessionNote, ok bool) {
	if len(comment) > maxSessionNote {
		return SessionNote{}, false
	}
	text, ok := strings.CutPrefix(comment, notesServer)
	server, rest, more := strings.Cut(text, ", ")
	if !ok || server == "" {
		return SessionNote{}, false
	}
	n.Server = protocol.Printable(server)
	if text, ok := strings.CutPrefix(rest, notesPeriodic); ok {
		text, rest, more = strings.Cut(text, ", ")
		if n.Periodic, ok = parsePeriodic(text); !ok {
			return SessionNote{}, false
		}
	}
	if text, last, another := strings.Cut(rest, ", "); text == notesRules {
		n.Rules, rest, more = true, last, another
	}
	route, ok := strings.CutPrefix(rest, notesRoute)
	if more != ok || ok && route == "" {
		return SessionNote{}, false
	}
	n.Route = protocol.Printable(route)
	return n, true
}

func parsePeriodic(text string) (p Periodic, ok bool) {
	every, toward, _ := strings.Cut(text, " toward ")
	d, err := time.ParseDuration(every)
	if err != nil || d <= 0 {
		return Periodic{}, false
	}
	p.Every = d
	switch toward {
	case notesBoth:
		p.Toward = protocol.ByPeer[bool]{true, true}
	case protocol.Client.String():
		p.Toward[protocol.Client] = true
	case protocol.Server.String():
		p.Toward[protocol.Server] = true
	default:
		return Periodic{}, false
	}
	return p, true
}
