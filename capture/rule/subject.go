package rule

import (
	"slices"
	"strings"

	"anytls-inspect/protocol"
)

// A subject is a kind of frame that a rule can match.
type subject struct {
	dir      protocol.Direction
	command  protocol.Command // one that is not known stands for all these
	preamble bool
}

// allSubjects returns the kinds of frames that a peer sends by the protocol, but for unknown
// commands: these are all told as one.
func allSubjects() []subject {
	list := []subject{{preamble: true}}
	for _, dir := range [...]protocol.Direction{protocol.ClientToServer, protocol.ServerToClient} {
		for c := protocol.Command(0); c.Known(); c++ {
			if c.Spec().Sender&(1<<dir) != 0 {
				list = append(list, subject{dir: dir, command: c})
			}
		}
		list = append(list, subject{dir: dir, command: unknownCommand})
	}
	return list
}

// unknownCommand stands for all commands that are not known.
const unknownCommand = 255

// name names a kind of frame, without who sends it.
func (s subject) name() string {
	switch {
	case s.preamble:
		return "the preamble"
	case s.command == unknownCommand:
		return "unknown commands"
	default:
		return s.command.String()
	}
}

// names names kinds of frames, and says who sends them where the other peer can, too.
func names(list []subject) string {
	var (
		text  []string
		has   = make(map[subject]bool)
		whole protocol.ByDirection[bool] // all that a peer sends
	)
	for _, s := range list {
		has[s] = true
	}
	for dir := range whole {
		whole[dir] = !slices.ContainsFunc(allSubjects(), func(s subject) bool {
			return !s.preamble && int(s.dir) == dir && !has[s]
		})
	}
	if has[subject{preamble: true}] {
		text = append(text, "the preamble")
	}
	if whole[protocol.ClientToServer] && whole[protocol.ServerToClient] {
		return strings.Join(append(text, "every frame"), ", ")
	}
	for dir, all := range whole {
		if all {
			text = append(text, "every frame from the "+protocol.Direction(dir).Sender().String())
		}
	}
	for _, s := range list {
		other := subject{dir: s.dir.Reverse(), command: s.command}
		switch {
		case s.preamble || whole[s.dir]:
		case s.command.Spec().Sender != protocol.ByEither:
			text = append(text, s.name())
		case !has[other] || whole[other.dir]:
			text = append(text, s.name()+" from the "+s.dir.Sender().String())
		case s.dir == protocol.ClientToServer:
			text = append(text, s.name())
		}
	}
	return strings.Join(text, ", ")
}

// subjects returns which kinds of frames a rule can match, of those that a peer sends by the
// protocol.
func (r *Rule) subjects() []subject {
	return slices.DeleteFunc(allSubjects(), func(s subject) bool {
		if s.command == unknownCommand {
			for s.command = 0; s.command.Known(); s.command++ {
			}
			for ; s.command < unknownCommand && !r.may(s); s.command++ {
			}
		}
		return !r.may(s) || s.preamble && r.framesOnly()
	})
}

// may tells whether a rule can match a kind of frame.
func (r *Rule) may(s subject) bool {
	if r.aimed && r.toward != s.dir.Receiver() {
		return false
	}
	known := knownOf(s)
	if s.preamble || s.command.Known() && s.command.Spec().Scope == protocol.SessionScope {
		known["stream"] = 0
	}
	return r.expression.May(known)
}

// knownOf returns the fields that all frames of a kind have in common.
func knownOf(s subject) map[string]any {
	known := map[string]any{"dir": s.dir.String(), "cmd": s.command.String(), "code": int(s.command), "preamble": s.preamble}
	if s.preamble {
		known["cmd"], known["code"] = cmdPreamble, 0
	}
	return known
}
