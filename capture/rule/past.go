package rule

import (
	"errors"
	"slices"
	"sync"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// maxTargets is the most streams of a session whose targets are known. Beyond it the oldest
// are forgotten.
const maxTargets = 4096

// maxName is how many bytes of the client's name are kept. Known names have less than 30.
const maxName = 256

// A Session is what the rules know of one session: both directions'. It is safe for
// concurrent use.
type Session struct {
	book  *Book
	id    capture.SessionID
	route string
	began time.Time

	mu     sync.Mutex // guards what follows
	client string     // the software's name in the client's Settings
	named  bool       // they were seen
	// targets are those of the streams that a frame has named, also where the target is not
	// known yet. order has the same streams, oldest first.
	targets map[uint32]*target
	order   []uint32
	turn    uint64                // the page's, of which they are
	waiting int                   // streams whose target may still become known
	due     map[*action]time.Time // when a throttle lets the next frame go
}

// A target is where a stream goes.
type target struct {
	text  string // host:port, once it is known; of a stream of datagrams that of the first
	begin []byte // of the stream's data, while the target is not whole
	waits bool   // it may still become known
	ended [2]bool
}

// Judge returns the judge of a direction.
func (s *Session) Judge(dir protocol.Direction) *Judge {
	return &Judge{session: s, dir: dir, states: make(map[uint16]*state)}
}

// learnName takes the client's name from its Settings.
func (s *Session) learnName(data []byte) {
	settings, _ := protocol.ParseSettings(data) // what it can parse, as peers do
	s.mu.Lock()
	defer s.mu.Unlock()
	s.client, s.named = protocol.Printable(settings.Client[:min(len(settings.Client), maxName)]), true
}

// learnTarget takes what a frame of the client says of where its stream leads to. data is as
// much of its data as there is.
func (s *Session) learnTarget(p *page, h protocol.Header, data []byte, whole bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turn != p.turn { // frames were not looked at meanwhile
		s.turn, s.targets, s.order, s.waiting = p.turn, nil, nil, 0
	}
	switch h.Command {
	case protocol.SYN:
		s.open(h.Stream)
	case protocol.PSH:
		if t := s.targets[h.Stream]; t != nil && t.waits {
			if t.waits = whole; whole { // else a rule came on while the frame was on its way
				t.learn(data)
			}
			if !t.waits {
				s.waiting--
			}
		}
	}
}

// learn takes more of the data that a stream's target stands in front of.
func (t *target) learn(data []byte) {
	t.begin = append(t.begin, data[:min(len(data), session.MaxHead-len(t.begin))]...)
	text, err := session.TargetOf(t.begin)
	if !errors.Is(err, protocol.ErrShort) {
		t.text, t.begin, t.waits = text, nil, false
	}
}

// open takes note of a stream that begins.
func (s *Session) open(stream uint32) {
	s.forget(stream)
	if len(s.order) == maxTargets {
		s.forget(s.order[0])
	}
	if s.targets == nil {
		s.targets = make(map[uint32]*target)
	}
	s.targets[stream] = &target{waits: true}
	s.waiting++
	s.order = append(s.order, stream)
}

// forget forgets a stream.
func (s *Session) forget(stream uint32) {
	t := s.targets[stream]
	if t == nil {
		return
	}
	if t.waits {
		s.waiting--
	}
	delete(s.targets, stream)
	at := slices.Index(s.order, stream)
	s.order = slices.Delete(s.order, at, at+1)
}

// ended takes note of a stream's FIN. It is forgotten once both peers have sent theirs.
func (s *Session) ended(dir protocol.Direction, stream uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.targets[stream]
	if t == nil {
		return
	}
	t.ended[dir] = true
	if t.ended[dir.Reverse()] {
		s.forget(stream)
	}
}

// known returns the client's name, and the target of a stream, as far as a frame has named
// them.
func (s *Session) known(stream uint32) (client, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.targets[stream]; t != nil {
		to = t.text
	}
	return s.client, to
}

// expects tells whether the client's next frame may say something of the past of those to
// come, in its data.
func (s *Session) expects(p *page) bool {
	if !p.client && !p.target {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return p.client && !s.named || p.target && s.waiting > 0
}

// pay takes what a frame costs of an action's rate, and returns how long the frame waits for
// it. The first goes at once.
func (s *Session) pay(a *action, now time.Time, bytes int) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.due == nil {
		s.due = make(map[*action]time.Time)
	}
	due := s.due[a]
	if due.Before(now) {
		due = now
	}
	s.due[a] = due.Add(time.Duration(float64(bytes) / a.rate * float64(time.Second)))
	return due.Sub(now)
}

// forgetThrottles forgets the throttles of a rule that was removed.
func (s *Session) forgetThrottles(r *Rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range r.actions {
		delete(s.due, &r.actions[i])
	}
}
