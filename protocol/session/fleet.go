package session

import (
	"strings"
	"time"
)

// A Fleet compares the sessions of each client with one another: whether it
// opens and loses too many, whether it uses the newest padding scheme, and which
// of its idle sessions it uses again. What it finds is reported in the session
// that shows it. It holds a bounded number of clients, and of sessions of each.
//
// A client is told by the host that it connects from, the server that it
// connects to, its name and its credential. Several devices behind one address
// can't be told apart where all of that is the same; what they would be blamed
// for wrongly is not reported, where that can be helped: see each rule.
//
// A Fleet is used by the trackers that have it in their [Config]. It is not safe
// for concurrent use, and neither are these trackers, taken together.
type Fleet struct {
	hosts   map[hostKey]*host
	clients map[clientKey]*clientSessions
}

// NewFleet returns an empty fleet.
func NewFleet() *Fleet {
	return &Fleet{hosts: make(map[hostKey]*host), clients: make(map[clientKey]*clientSessions)}
}

// Bounds of a fleet.
const (
	maxHosts   = 256
	maxClients = 256
	maxMembers = 128 // live sessions of one client
)

type hostKey struct{ client, server string }

// A host is what is known of a host that clients connect from.
type host struct {
	seenAt time.Time
	churn  churn
}

type clientKey struct {
	hostKey
	name, fingerprint string
}

// A clientSessions is a client's live sessions.
type clientSessions struct {
	seenAt time.Time
	live   []*member
	scheme sentScheme
}

// A member is a session's place among those of its client. A nil member is that of
// a session that is compared with no other.
type member struct {
	client *clientSessions
	source
	tracker   *Tracker
	streams   int       // that there were
	idleSince time.Time // since when none is open, where none is
	sentMD5   string    // md5 of the scheme that this session was sent
}

// A source is where a session comes from.
type source struct {
	id             uint32 // what people call the session
	client, server string // hosts; the server's with its port
	openedAt       time.Time
	authAt         time.Time // when the preamble was complete
}

// Opened tells the tracker where its session comes from: its number, which other
// sessions' reports call it by, and host:port of the client and the server.
func (t *Tracker) Opened(at time.Time, id uint32, client, server string) {
	if colon := strings.LastIndexByte(client, ':'); colon >= 0 {
		client = client[:colon]
	}
	t.origin.id, t.origin.client, t.origin.server, t.origin.openedAt = id, client, server, at
}

// host returns what is known of a session's host; nil where that is not known.
func (f *Fleet) host(o *source, at time.Time) *host {
	if f == nil || o.client == "" {
		return nil
	}
	h := entry(f.hosts, hostKey{o.client, o.server}, maxHosts, func(h *host) time.Time { return h.seenAt })
	h.seenAt = at
	return h
}

// join gives a session its place, once the client's name is known.
func (t *Tracker) join() {
	f, o := t.cfg.Fleet, &t.origin
	if f == nil || o.client == "" {
		return
	}
	key := clientKey{hostKey{o.client, o.server}, t.st.Client, t.st.Auth.Fingerprint}
	c := entry(f.clients, key, maxClients, func(c *clientSessions) time.Time { return c.seenAt })
	c.seenAt = t.now
	if len(c.live) >= maxMembers {
		return
	}
	t.member = &member{client: c, source: *o, tracker: t}
	c.live = append(c.live, t.member)
	c.scheme.joined(t)
}

// leave takes a session out that ends.
func (t *Tracker) leave(at time.Time, by Closer) {
	if h := t.cfg.Fleet.host(&t.origin, at); h != nil {
		h.churn.ended(at, t, by)
	}
	if t.member == nil {
		return
	}
	c := t.member.client
	for i, m := range c.live {
		if m == t.member {
			last := len(c.live) - 1
			c.live[i] = c.live[last]
			c.live[last] = nil
			c.live = c.live[:last]
			break
		}
	}
	t.member = nil
}

// entry returns the entry of a key. Where there is none it makes one, and forgets
// the one not seen for longest if there are too many.
func entry[K comparable, V any](m map[K]*V, key K, most int, seenAt func(*V) time.Time) *V {
	if v := m[key]; v != nil {
		return v
	}
	if len(m) >= most {
		var (
			oldest K
			at     time.Time
			found  bool
		)
		for k, v := range m {
			if s := seenAt(v); !found || s.Before(at) {
				oldest, at, found = k, s, true
			}
		}
		delete(m, oldest)
	}
	v := new(V)
	m[key] = v
	return v
}
