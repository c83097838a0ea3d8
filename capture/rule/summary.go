package rule

import (
	"fmt"

	"anytls-inspect/protocol"
)

// Summary says in sentences what the rules that are on cost every session, as is to be told
// before a run, and which can match no frame. It is empty where they cost nothing but for the
// frames that they match.
func (b *Book) Summary() []string {
	var lines []string
	for _, r := range b.Rules() {
		switch {
		case !r.On():
			continue
		case r.LooksIntoData():
			lines = append(lines, fmt.Sprintf("rule %d looks into data: each frame is gathered whole before it goes on", r.number))
		case r.expression.Uses("target") || r.expression.Uses("client"):
			lines = append(lines, fmt.Sprintf("rule %d asks for what Settings and the first PSH of a stream say: these are gathered whole before they go on", r.number))
		}
		subjects := r.subjects()
		if len(subjects) == 0 {
			lines = append(lines, fmt.Sprintf("rule %d can match no frame that peers send by the protocol: commands are written as in \"SYNACK\", directions as in \"s2c\"", r.number))
		}
		if r.touchesPadding(subjects) {
			lines = append(lines, fmt.Sprintf("rule %d can touch what the client pads: from the first frame that it touches on, padding is not judged in that session", r.number))
		}
	}
	return lines
}

// touchesPadding tells whether the rule, which can match these kinds of frames, can change how the
// client's bytes are cut into records.
func (r *Rule) touchesPadding(subjects []subject) bool {
	for i := range r.actions {
		if a := &r.actions[i]; a.do == Insert && a.aimed && a.toward == protocol.Server {
			return true
		}
	}
	for _, s := range subjects {
		if s.dir == protocol.ClientToServer && !s.preamble {
			return true
		}
	}
	return false
}
