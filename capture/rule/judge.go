package rule

import (
	"errors"
	"strings"
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
	whole   bool // all of the frame's data is there
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
		if p.target && j.dir == protocol.ClientToServer {
			j.session.learnTarget(p, h, data, whole)
		}
	}
	age := now.Sub(j.session.began)
	j.fill(p, age, h, preamble, data)
	j.whole = whole
	for _, s := range j.rules {
		if j.applies(s, age) {
			j.steps(s, now, h)
			if s.rule.ends() {
				break
			}
		}
	}
	j.frame.Text = "" // sessions in which nothing passes keep none
	switch {
	case preamble:
	case h.Command == protocol.FIN && p.target:
		j.session.ended(j.dir, h.Stream)
	case h.Command == protocol.Settings && p.client && whole && j.dir == protocol.ClientToServer:
		j.session.learnName(data)
	}
	return j.program
}

// turn takes the rules of another page. What it keeps of a rule that is off is there when it
// is on again, and gone where the rule was removed.
func (j *Judge) turn(p *page) {
	j.page, j.rules = p, j.rules[:0]
	for n, s := range j.states {
		if s.rule.removed.Load() {
			delete(j.states, n)
			j.session.forgetThrottles(s.rule)
		}
	}
	if p == nil {
		return
	}
	for _, r := range p.rules {
		s := j.states[r.number]
		if s == nil {
			s = &state{rule: r, expression: r.expression.Clone()}
			j.states[r.number] = s
		}
		j.rules = append(j.rules, s)
	}
}

// applies tells whether a rule is applied to the frame, and counts its matches.
func (j *Judge) applies(s *state, age time.Duration) bool {
	r := s.rule
	switch {
	case r.aimed && r.toward != j.dir.Receiver() || !r.within(age):
		return false
	case j.frame.Preamble && r.framesOnly():
		return false
	case !j.frame.Preamble && r.never[j.dir]>>j.frame.Code&1 != 0:
		return false
	case !j.whole && r.LooksIntoData(): // it came on while the frame was on its way
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
	warn := j.session.book.warn
	if warn == nil || r.warned.Swap(true) {
		return
	}
	why := err.Error()
	var at *expression.Error
	if errors.As(err, &at) {
		why = at.Reason
	}
	warn(r.number, "it fails at some frames, and is not applied to these: "+shown(strings.TrimPrefix(why, "runtime error: ")))
}
