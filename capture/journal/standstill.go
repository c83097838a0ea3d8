package journal

import (
	"slices"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A Standstill says how often something stood still, and for how long.
type Standstill struct {
	Times        uint64
	All, Longest time.Duration
}

func (s *Standstill) add(d time.Duration) {
	d = max(d, 0)
	s.Times++
	s.All += d
	s.Longest = max(s.Longest, d)
}

// A Withholding says how often HeartRequests of the relay could not be sent for one
// reason, and for how long.
type Withholding struct {
	Why string // printable; empty for the reasons beyond the first few
	Standstill
}

// maxWhys is how many reasons are told apart. Sources have fewer.
const maxWhys = 8

// withhold counts a time for which heartbeats could not be sent.
func withhold(list []Withholding, why string, d time.Duration) []Withholding {
	i := slices.IndexFunc(list, func(w Withholding) bool { return w.Why == why })
	if i < 0 && len(list) >= maxWhys {
		i, why = slices.IndexFunc(list, func(w Withholding) bool { return w.Why == "" }), ""
	}
	if i < 0 {
		i, list = len(list), append(list, Withholding{Why: why})
	}
	list[i].add(d)
	return list
}

// A stop is a time for which something stood still, and which is over.
type stop struct {
	dir   protocol.Direction // in which bytes or heartbeats did not go
	beats bool               // heartbeats could not be sent, for why
	why   string
	took  time.Duration
}

// standing is what stands still in a session.
type standing struct {
	blocked protocol.ByDirection[time.Time] // since when; zero where bytes move
	waits   protocol.ByPeer[wait]
}

// A wait says since when heartbeats toward a peer wait, and why; zero where they do not.
type wait struct {
	since time.Time
	why   string
}

// A Still counts the sessions in which something stands still now.
type Still struct {
	Blocked int                  // bytes of a direction don't move
	Waits   protocol.ByPeer[int] // HeartRequests of the relay toward the peer can't be sent
}

// still returns what stands still in the session: each count is 0 or 1.
func (s *standing) still() (n Still) {
	for _, since := range s.blocked {
		if !since.IsZero() {
			n.Blocked = 1
		}
	}
	for peer, w := range s.waits {
		if !w.since.IsZero() {
			n.Waits[peer] = 1
		}
	}
	return n
}

// change counts a session of which before was counted, as it is now.
func (n *Still) change(before, now Still) {
	n.Blocked += now.Blocked - before.Blocked
	for peer := range n.Waits {
		n.Waits[peer] += now.Waits[peer] - before.Waits[peer]
	}
}

// notice takes a notice of the session. Where that ends something that stood still, it
// returns what.
func (s *standing) notice(n session.Notice, at time.Time) (over stop, ended bool) {
	switch n := n.(type) {
	case session.Blocked:
		since := &s.blocked[n.Dir]
		over, ended = stop{dir: n.Dir, took: at.Sub(*since)}, n.Ended && !since.IsZero()
		*since = n.Since
		if n.Ended {
			*since = time.Time{}
		}
	case session.HeartbeatWaiting:
		w := &s.waits[n.Toward]
		waited := !w.since.IsZero()
		if waited && !n.Ended && n.Why == w.why {
			break // it goes on
		}
		from := n.Since
		if n.Ended || waited && !from.After(w.since) {
			from = at // they have waited all the time, for another reason from now on
		}
		over, ended = stop{dir: n.Toward.Toward(), beats: true, why: w.why, took: from.Sub(w.since)}, waited
		*w = wait{from, n.Why}
		if n.Ended {
			*w = wait{}
		}
	}
	return over, ended
}

// close ends what stands still when the session ends, and appends it to dst.
func (s *standing) close(dst []stop, at time.Time) []stop {
	for dir, since := range s.blocked {
		if !since.IsZero() {
			dst = append(dst, stop{dir: protocol.Direction(dir), took: at.Sub(since)})
		}
	}
	for peer, w := range s.waits {
		if !w.since.IsZero() {
			dst = append(dst, stop{dir: protocol.Peer(peer).Toward(), beats: true, why: w.why, took: at.Sub(w.since)})
		}
	}
	*s = standing{}
	return dst
}

// stood counts what stood still and is over.
func (t *Totals) stood(s stop) {
	if s.beats {
		w := &t.Withheld[s.dir.Receiver()]
		*w = withhold(*w, s.why, s.took)
		return
	}
	t.Blocked[s.dir].add(s.took)
}
