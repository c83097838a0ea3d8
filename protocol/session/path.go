package session

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"anytls-inspect/protocol"
)

// pathTime is for how long nothing may come from a server over any session while
// obligations break: twice what a SYNACK may take. A server that stands still for less is
// only silent.
const pathTime = 2 * SYNACKTimeout

// hearEvery is how often a session notes in what all share that the server was heard of.
const hearEvery = 100 * time.Millisecond

// maxPaths is how many servers' paths are held.
const maxPaths = 256

// paths are what is known of the ways to servers, by host:port. The zero value is empty.
type paths struct {
	mu sync.Mutex
	to map[string]*path
}

// A path is what the sessions of one server share: it is heard of over any of them, or
// over none. It is safe for concurrent use.
type path struct {
	heard atomic.Int64 // when the server was heard of last, in nanoseconds; within hearEvery

	mu sync.Mutex
	silence
}

// A silence is what broke since a server was heard of last.
type silence struct {
	number   uint64 // of the path's silences, from 1
	since    int64  // when the server was heard of
	broken   int    // obligations
	sessions int    // that these are of
	firm     bool   // one of them waits for nobody but the server, as far as is known
	told     bool   // a session has said that the path is dead
}

// find returns the path to a server. Where too many are held, the one that was not heard
// of for longest is forgotten.
func (p *paths) find(server string) *path {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.to == nil {
		p.to = make(map[string]*path)
	}
	return entry(p.to, server, maxPaths, func(p *path) time.Time { return time.Unix(0, p.heard.Load()) })
}

// hear takes note that the server was heard of. Most calls write nothing.
func (p *path) hear(at time.Time) {
	if n := at.UnixNano(); n-p.heard.Load() >= int64(hearEvery) {
		p.heard.Store(n)
	}
}

// breaks takes note of an obligation that broke, of a session that was counted in the
// silence with this number last. It returns the number of this one.
func (p *path) breaks(counted uint64, firm bool) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over() {
		p.silence = silence{number: p.number + 1, since: p.heard.Load()}
	}
	p.broken++
	p.firm = p.firm || firm
	if counted != p.number {
		p.sessions++
	}
	return p.number
}

// over tells whether the silence is: the server was heard of since, or there was none.
func (p *path) over() bool { return p.number == 0 || p.heard.Load() != p.since }

// dead tells whether several obligations broke in a silence that lasts, one of them such
// that no target can be to blame, and what broke. It does so once a silence.
func (p *path) dead() (broken, sessions int, dead bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over() || p.told || p.broken < 2 || !p.firm {
		return 0, 0, false
	}
	p.told = true
	return p.broken, p.sessions, true
}

// isDead tells whether it was said that the path is dead, and the server was not heard of
// since.
func (p *path) isDead() bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.told && !p.over()
}

// broke takes note that the server broke an obligation: firm says that it waits for no
// target, and that no stream is to blame. A session over which the server was never heard of
// tells nothing of the path, and one in which bytes do not move has another cause.
func (t *Tracker) broke(firm bool) {
	if t.st.LastAt[protocol.ServerToClient].IsZero() || t.st.Version() < 2 || t.someGone() || t.someBlocked() || !t.alerted.at.IsZero() {
		return
	}
	if t.path == nil {
		t.path = new(path)
		t.path.hear(t.st.LastAt[protocol.ServerToClient])
	}
	t.counted = t.path.breaks(t.counted, firm)
	t.breaks = true
	t.wakeBy(t.pathDue())
}

// pathDue returns when the server will not have been heard of for too long over any
// session; zero where this one has nothing to say about it.
func (t *Tracker) pathDue() time.Time {
	if !t.breaks || t.someGone() || t.someBlocked() {
		return time.Time{}
	}
	return t.heardAt().Add(pathTime)
}

// heardAt returns when the server was heard of last, over any session of the path.
func (t *Tracker) heardAt() time.Time {
	at := t.st.LastAt[protocol.ServerToClient]
	return at.Add(time.Duration(max(0, t.path.heard.Load()-at.UnixNano())))
}

// judgePath diagnoses the path, if it is dead as far as can be told.
func (t *Tracker) judgePath() {
	t.breaks = false
	broken, sessions, dead := t.path.dead()
	if !dead {
		return
	}
	of := "this session"
	if sessions > 1 {
		of = fmt.Sprintf("%d sessions", sessions)
	}
	t.diagnose(CodePathDead, 0, protocol.ClientToServer, fmt.Sprintf(
		"no byte has come from the server for %s, over any of its sessions, and %d answers that it owes to %s are overdue: the path to it is dead since then, or the server stands still",
		rounded(t.now.Sub(t.heardAt())), broken, of))
}
