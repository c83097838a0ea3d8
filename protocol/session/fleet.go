package session

import (
	"strings"
	"time"
)

// A Fleet compares the sessions of each client with one another (sections Session
// reuse and cmdUpdatePaddingScheme): whether it opens and loses too many, whether
// it goes by the newest padding scheme, and which of its idle sessions it uses
// again. The session that shows a fault gets the diagnostic. A Fleet holds a
// bounded number of clients, and of sessions of each.
//
// A client is a host, the server that it connects to, the name in its Settings and
// its credential. Where all of that is the same, several devices behind one address
// look like one client. Each rule says how it keeps from blaming them wrongly.
//
// The trackers that have a Fleet in their [Config] use it. It is not safe for
// concurrent use, and neither are all of these trackers together.
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

// A hostKey names a host that clients connect from, and the server they connect
// to.
type hostKey struct{ client, server string }

// A host is what is known of a host that clients connect from.
type host struct {
	seenAt time.Time
	churn  churn
}

// A clientKey names a client.
type clientKey struct {
	hostKey
	name, fingerprint string
}

// A clientSessions holds the live sessions of a client.
type clientSessions struct {
	seenAt time.Time
	live   []*member
	scheme sentScheme
}

// A member is a session among those of its client. A session that is compared with
// no other has a nil member.
type member struct {
	client *clientSessions
	opening
	tracker   *Tracker
	streams   int       // SYNs
	idleSince time.Time // when the last open stream ended
	sentMD5   string    // md5 of the scheme that the server sent in this session
}

// An opening is where a session comes from, and when it began.
type opening struct {
	id             uint32    // the session's number
	client, server string    // hosts; the server's with its port; empty where not known
	openedAt       time.Time // zero where it is not known
	authAt         time.Time // when the preamble was complete
}

// Opened tells the tracker where its session comes from: its number, by which the
// diagnostics of other sessions name it, and host:port of the client and the server.
func (t *Tracker) Opened(at time.Time, id uint32, client, server string) {
	if colon := strings.LastIndexByte(client, ':'); colon >= 0 {
		client = client[:colon]
	}
	t.opening.id, t.opening.client, t.opening.server, t.opening.openedAt = id, client, server, at
}

// host returns what is known of the host that a session comes from. It is nil where
// the host is not known.
func (f *Fleet) host(o *opening, at time.Time) *host {
	if f == nil || o.client == "" {
		return nil
	}
	h := entry(f.hosts, hostKey{o.client, o.server}, maxHosts, func(h *host) time.Time { return h.seenAt })
	h.seenAt = at
	return h
}

// join makes the session a member of its client's, once the client's name is known.
func (t *Tracker) join() {
	f, o := t.cfg.Fleet, &t.opening
	if f == nil || o.client == "" {
		return
	}
	key := clientKey{hostKey{o.client, o.server}, t.st.Client, t.st.Auth.Fingerprint}
	c := entry(f.clients, key, maxClients, func(c *clientSessions) time.Time { return c.seenAt })
	c.seenAt = t.now
	if len(c.live) >= maxMembers {
		return
	}
	t.member = &member{client: c, opening: *o, tracker: t}
	c.live = append(c.live, t.member)
	c.scheme.joined(t)
}

// leave takes out a session that ends.
func (t *Tracker) leave(at time.Time, by Closer) {
	if h := t.cfg.Fleet.host(&t.opening, at); h != nil {
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

// entry returns the value of a key. Where there is none it makes one. If the map
// holds most of them already, it forgets the one that was not seen for longest.
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
