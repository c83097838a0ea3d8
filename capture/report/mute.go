package report

import (
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A peer that answers no heartbeat, and all requests, is quiet wherever nobody asks it for more: what a
// relay makes of that while it lasts, such as a dead path, the run as a whole knows better.

// mute tells which peers have left all heartbeats unanswered while all requests succeeded.
func (s *Scenario) mute() (list []text) {
	if t := s.ownRequests(); t == nil || t.Failed > 0 || s.Failure != "" {
		return nil
	}
	for _, of := range [...]struct {
		peer protocol.Peer
		said key
	}{{protocol.Server, kServerMute}, {protocol.Client, kClientMute}} {
		if f := s.toward(of.peer).all(); f.Answered+f.Late == 0 && f.Lost >= fewLost {
			list = append(list, say(of.said))
		}
	}
	return list
}

// fewLost is how many heartbeats a peer has left unanswered at least that answers none.
const fewLost = 3

// muteCause returns what is said of the first scenario that failed, if it is that an end answers no
// heartbeats, and the problem that it is.
func (r *Report) muteCause() (said text, p *Problem) {
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		if s.Result() != Failed {
			continue
		}
		list := s.mute()
		if len(list) == 0 {
			return text{}, nil
		}
		problems := r.Part([]int{r.number(i)}).Problems()
		for n := range problems {
			if problems[n].Code == string(session.CodeHeartbeatUnanswered) {
				return join(kSemicolon, list...), &problems[n]
			}
		}
		return text{}, nil
	}
	return text{}, nil
}
