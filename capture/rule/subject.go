package rule

import "anytls-inspect/protocol"

// A subject is a kind of frame that a rule can match.
type subject struct {
	dir      protocol.Direction
	command  protocol.Command // one that is not known stands for all these
	preamble bool
}

// String names it, such as "SYN from the client".
func (s subject) String() string {
	switch {
	case s.preamble:
		return "the preamble"
	case !s.command.Known():
		return "unknown commands from the " + s.dir.Sender().String()
	default:
		return s.command.String() + " from the " + s.dir.Sender().String()
	}
}

// subjects returns which kinds of frames a rule can match, of those that a peer sends by the
// protocol.
func (r *Rule) subjects() []subject {
	var list []subject
	if s := (subject{preamble: true}); r.may(s) && !r.framesOnly() {
		list = append(list, s)
	}
	for _, dir := range [...]protocol.Direction{protocol.ClientToServer, protocol.ServerToClient} {
		s := subject{dir: dir}
		for s.command = 0; s.command.Known(); s.command++ {
			if s.command.Spec().Sender&(1<<dir) != 0 && r.may(s) {
				list = append(list, s)
			}
		}
		for ; ; s.command++ {
			if r.may(s) {
				list = append(list, s)
				break
			}
			if s.command == 255 {
				break
			}
		}
	}
	return list
}

// may tells whether a rule can match a kind of frame.
func (r *Rule) may(s subject) bool {
	if r.aimed && r.toward != s.dir.Receiver() {
		return false
	}
	known := map[string]any{"dir": s.dir.String(), "cmd": s.command.String(), "code": int(s.command), "preamble": s.preamble}
	if s.preamble {
		known["cmd"], known["code"] = cmdPreamble, 0
	}
	if s.preamble || s.command.Known() && s.command.Spec().Scope == protocol.SessionScope {
		known["stream"] = 0
	}
	return r.expression.May(known)
}
