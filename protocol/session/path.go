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

// maxPaths is how many peers' paths are held.
const maxPaths = 512

// A pathKey names a peer that several sessions may have: a server's host:port, a client's host.
type pathKey struct {
	peer protocol.Peer
	host string
}

// paths are what is known of the ways to peers. The zero value is empty.
type paths struct {
	mu sync.Mutex
	to map[pathKey]*path
}

// A path is what the sessions of one peer share: it is heard of over any of them, or
// over none. It is safe for concurrent use.
type path struct {
	heard atomic.Int64 // when the peer was heard of last, in nanoseconds; within hearEvery
	// ignores says that the peer was heard of in a session in which it answered no HeartRequest,
	// and that it has answered none since.
	ignores atomic.Bool
	stands  atomic.Int32 // sessions in which it does not read, though its TCP answers
	unseen  atomic.Int32 // sessions in which nothing of what it sends is seen

	mu sync.Mutex
	silence
}

// A silence is what broke since a peer was heard of last.
type silence struct {
	number   uint64 // of the path's silences, from 1
	since    int64  // when the peer was heard of
	broken   int    // obligations
	sessions int    // that these are of
	firm     bool   // one of them waits for nobody but the peer, as far as is known
	stalls   int    // sessions in which a stream may hold a heartbeat up
	told     bool   // a session has said that the path is dead
}

// find returns the path to a peer, nil where its host is not known. Where too many are held,
// the one that was not heard of for longest is forgotten.
func (p *paths) find(peer protocol.Peer, host string) *path {
	if host == "" {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.to == nil {
		p.to = make(map[pathKey]*path)
	}
	return entry(p.to, pathKey{peer, host}, maxPaths, func(p *path) time.Time { return time.Unix(0, p.heard.Load()) })
}

// hear takes note that the peer was heard of. Most calls write nothing.
func (p *path) hear(at time.Time) {
	if n := at.UnixNano(); n-p.heard.Load() >= int64(hearEvery) {
		p.heard.Store(n)
	}
}

// A breach is how an obligation broke.
type breach uint8

const (
	byTarget breach = iota // it waits for a target
	byStream               // a heartbeat, and a stream may hold it up
	byPeer                 // a heartbeat, which waits for nobody but the peer
)

// A mark says in which silences of a path, by their numbers, a session was counted last.
type mark struct{ broken, stalled uint64 }

// breaks takes note of an obligation of a session that broke. Where streams of several
// sessions seem to hold heartbeats up, no stream does.
func (p *path) breaks(m *mark, how breach) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over() {
		p.silence = silence{number: p.number + 1, since: p.heard.Load()}
	}
	p.broken++
	if m.broken != p.number {
		p.sessions++
		m.broken = p.number
	}
	if how == byStream && m.stalled != p.number {
		p.stalls++
		m.stalled = p.number
	}
	p.firm = p.firm || how == byPeer || p.stalls > 1
}

// over tells whether the silence is: the server was heard of since, or there was none.
func (p *path) over() bool { return p.number == 0 || p.heard.Load() != p.since }

// dead tells whether several obligations broke in a silence that lasts, one of them such
// that no target can be to blame, and what broke. It does so once a silence.
func (p *path) dead() (broken, sessions int, dead bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over() || p.told || p.broken < 2 || !p.firm || !p.isSeen() {
		return 0, 0, false
	}
	p.told = true
	return p.broken, p.sessions, true
}

// firmWith tells whether several obligations broke in a silence that lasts, with one or none that
// is about to be counted, and one of those counted waits for nobody but the peer.
func (p *path) firmWith(more int) bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.over() && p.broken+more >= 2 && p.firm && p.isSeen()
}

// ignored tells whether the peer answers no HeartRequest, as far as other sessions show.
func (p *path) ignored() bool { return p != nil && p.ignores.Load() }

// reads tells whether the peer reads, as far as is known. One that does not, and whose TCP
// answers, has a path to it.
func (p *path) reads() bool { return p == nil || p.stands.Load() == 0 }

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

// standsOn takes note of whether a peer does not read what the session has for it, though its
// TCP answers.
func (t *Tracker) standsOn(p protocol.Peer, stands bool) {
	path := t.paths[p]
	if path == nil || t.stands[p] == stands {
		return
	}
	t.stands[p] = stands
	if stands {
		path.stands.Add(1)
	} else {
		path.stands.Add(-1)
	}
}

// broke takes note that a peer broke an obligation. A session over which it was never heard
// of tells nothing of the path, nor does a peer that is heard of and answers no heartbeat, and
// one in which bytes do not move has another cause.
func (t *Tracker) broke(p protocol.Peer, how breach) {
	heard := t.st.LastAt[p.Toward().Reverse()]
	if heard.IsZero() || t.st.Version() < 2 || t.someGone() || t.someBlocked() || t.holdsUp(p.Toward().Reverse()) || !t.alerted.at.IsZero() {
		return
	}
	if slack := t.st.Evidence.Within; slack > 0 && t.now.Sub(t.heardOf(p)) <= 2*slack {
		return // it may have been heard of since
	}
	if how != byTarget && t.ignoresHeartbeats(p) {
		return
	}
	if t.paths[p] == nil {
		t.paths[p] = new(path)
		t.paths[p].hear(heard)
	}
	t.paths[p].breaks(&t.counted[p], how)
	if p == protocol.Server {
		t.breaks = true
		t.wakeBy(t.pathDue())
	}
}

// pathDue returns when the server will not have been heard of for too long over any
// session; zero where this one has nothing to say about it.
func (t *Tracker) pathDue() time.Time {
	if !t.breaks || t.someGone() || t.someBlocked() || t.holdsUp(protocol.ServerToClient) || !t.paths[protocol.Server].reads() || !t.paths[protocol.Server].isSeen() {
		return time.Time{}
	}
	return t.heardOf(protocol.Server).Add(pathTime + t.st.Evidence.Within)
}

// heardOf returns when a peer was heard of last, over any session of its path; zero where it
// never was.
func (t *Tracker) heardOf(p protocol.Peer) time.Time {
	at := t.st.LastAt[p.Toward().Reverse()]
	if t.paths[p] == nil {
		return at
	}
	shared := t.paths[p].heard.Load()
	switch {
	case shared == 0:
		return at
	case at.IsZero():
		return time.Unix(0, shared).In(t.now.Location())
	default:
		return at.Add(time.Duration(max(0, shared-at.UnixNano())))
	}
}

// judgePath diagnoses the path, if it is dead as far as can be told.
func (t *Tracker) judgePath() {
	t.breaks = false
	broken, sessions, dead := t.paths[protocol.Server].dead()
	if !dead {
		return
	}
	of := "this session"
	if sessions > 1 {
		of = fmt.Sprintf("%d sessions", sessions)
	}
	t.diagnoseWait(CodePathDead, 0, protocol.ClientToServer, t.waitFor(protocol.Server, t.heardOf(protocol.Server)), fmt.Sprintf(
		"no byte has come from the server for %s, over any of its sessions, and %d answers that it owes to %s are overdue: the path to it is dead since then, or the server stands still",
		rounded(t.now.Sub(t.heardOf(protocol.Server))), broken, of))
}
