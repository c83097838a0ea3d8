package rule

import (
	"time"

	"anytls-inspect/capture/expression"
	"anytls-inspect/protocol"
)

// A Judge says what the rules do with the frames of one direction. It is for one goroutine at
// a time.
type Judge struct {
	session *Session
	dir     protocol.Direction

	page   *page             // what rules was made of
	rules  []*state          // of the rules that are on, in order
	states map[uint16]*state // by rule, also of rules that are off for a while

	count   int // frames that were judged
	frame   expression.Frame
	program Program
}

// A state is what a judge keeps of one rule.
type state struct {
	rule       *Rule
	expression *expression.Expression // the judge's own
	matches    uint64
}

// On tells whether any rule is on. It costs an atomic load.
func (j *Judge) On() bool { return j.session.book.page.Load() != nil }

// NeedsData tells whether Frame wants the whole of the next frame: a rule that is on looks
// into frames' data, or the frame may say what a rule asks for, such as its stream's target.
func (j *Judge) NeedsData() bool {
	p := j.session.book.page.Load()
	return p != nil && (p.data || j.dir == protocol.ClientToServer && j.session.expects(p))
}

// Frame returns what is done with a frame that came at a time, or with the preamble, whose
// header has only Length. It must be shown each frame of the direction once, in order, while
// a rule is on: the judge learns of targets and counts. data is all of the frame's data where
// it is whole; else it is as much as came with the header. A preamble's is padding0. The
// program is valid until the next call.
func (j *Judge) Frame(now time.Time, h protocol.Header, preamble bool, data []byte, whole bool) Program {
	p := j.session.book.page.Load()
	if p != j.page {
		j.turn(p)
	}
	j.program = j.program[:0]
	if p == nil {
		return j.program
	}
	if !preamble {
		j.count++
		if j.dir == protocol.ClientToServer {
			j.session.learn(p, h, data)
		}
	}
	age := now.Sub(j.session.began)
	j.fill(p, age, h, preamble, data)
	for _, s := range j.rules {
		if !j.applies(s, age, preamble) {
			continue
		}
		if j.steps(s, now, h, preamble); len(j.program) > 0 && j.program[len(j.program)-1].last() {
			break
		}
	}
	if !preamble && h.Command == protocol.FIN {
		j.session.ended(j.dir, h.Stream)
	}
	return j.program
}

// last tells whether nothing can be done with a frame behind a step.
func (st *Step) last() bool { return st.Action == Drop || st.Action == Cut }

// turn takes the rules of another page. What it keeps of a rule that is off is there when it
// is on again.
func (j *Judge) turn(p *page) {
	j.page, j.rules = p, j.rules[:0]
	if p == nil {
		return
	}
	for _, r := range p.rules {
		s := j.states[r.number]
		if s == nil {
			s = &state{rule: r, expression: r.matcher()}
			j.states[r.number] = s
		}
		j.rules = append(j.rules, s)
	}
}

// applies tells whether a rule is applied to the frame, and counts its matches.
func (j *Judge) applies(s *state, age time.Duration, preamble bool) bool {
	r := s.rule
	if r.aimed && r.toward != j.dir.Receiver() || !r.within(age) || preamble && r.framesOnly() {
		return false
	}
	chosen, err := s.expression.Match(&j.frame)
	if err != nil {
		j.failed(r, err)
	}
	if !chosen || err != nil {
		return false
	}
	s.matches++
	if r.every != 0 && s.matches%r.every != 0 {
		return false
	}
	if r.chance != 0 && !j.lot(s).wins(r.chance) {
		return false
	}
	return r.claim()
}

// lot returns the lot of a rule's last match.
func (j *Judge) lot(s *state) lot {
	return draw(j.session.book.seed, s.rule.number, j.session.id, j.dir, s.matches)
}

// failed tells of a rule whose expression fails, once.
func (j *Judge) failed(r *Rule, err error) {
	if warn := j.session.book.warn; warn != nil && !r.warned.Swap(true) {
		warn(r.number, "it fails at some frames, and is not applied to these: "+shown(err.Error()))
	}
}
