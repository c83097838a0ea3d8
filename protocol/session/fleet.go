package session

import (
	"slices"
	"strings"
	"sync"
	"time"

	"anytls-inspect/protocol"
)

// A Fleet compares the sessions of each client with one another (sections Session
// reuse and cmdUpdatePaddingScheme): whether it opens and loses too many, whether
// it goes by the newest padding scheme, and whether, and which, of its idle sessions it uses
// again. The session that shows a fault gets the diagnostic. A Fleet holds a
// bounded number of clients, and of sessions of each.
//
// A client is a host, the server that it connects to, the name in its Settings and
// its credential. Where all of that is the same, several devices behind one address
// look like one client. Each rule says how it keeps from blaming them wrongly.
//
// The trackers that have a Fleet in their [Config] use it, and may run at the same
// time: a Fleet is safe for concurrent use. No tracker looks at another one. Each
// writes copies of facts, and the rules compare these.
type Fleet struct {
	mu      sync.Mutex // guards all that the maps lead to; nothing is locked, and no Handler runs, under it
	hosts   map[hostKey]*host
	clients map[clientKey]*clientSessions
	paths   paths // has a lock of its own
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
	seenAt  time.Time
	churn   churn
	unknown int // sessions whose Settings were not seen
	// schemeAt is when the server may last have sent a scheme that was not seen.
	schemeAt time.Time
}

func hostSeenAt(h *host) time.Time { return h.seenAt }

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
	piled  bool // that sessions pile up was said
}

// A member is what the rules know of a session among those of its client. A session
// that is compared with no other has a nil member. Only the session's own tracker
// writes it, when a fact changes: payload of open streams changes none.
type member struct {
	fleet   *Fleet
	client  *clientSessions
	opening opening
	streams int    // SYNs
	sentMD5 string // md5 of the scheme that the server sent in this session
	// busy says that a stream is open which no side has ended. It stays so once some
	// streams are not followed.
	busy      bool
	missed    bool                            // streams may have been opened that were not seen
	within    time.Duration                   // by how much the times of the session's directions may be off
	endedAt   time.Time                       // when the last of these streams ended
	payloadAt protocol.ByDirection[time.Time] // when the last payload came, as of when it was not busy
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
	t.now = later(t.now, at)
	at = t.now
	client = HostOf(client)
	t.opening.id, t.opening.client, t.opening.server, t.opening.openedAt = id, client, server, at
	if f := t.cfg.Fleet; f != nil {
		t.paths[protocol.Client] = f.paths.find(protocol.Client, client)
		t.paths[protocol.Server] = f.paths.find(protocol.Server, server)
	}
}

// HostOf returns the host of host:port, with the brackets of an IPv6 address.
func HostOf(hostPort string) string {
	if colon := strings.LastIndexByte(hostPort, ':'); colon >= 0 {
		return hostPort[:colon]
	}
	return hostPort
}

// join makes the session a member of its client's, once the client's name is known.
func (t *Tracker) join() {
	f := t.cfg.Fleet
	if f == nil || t.opening.client == "" || t.someGone() {
		return
	}
	m := &member{
		fleet: f, opening: t.opening,
		busy: t.streams.busy > 0 || t.st.Untracked > 0, payloadAt: t.payloadAt(), within: t.st.Evidence.Within,
	}
	if t.streams.misses[protocol.ClientToServer] > 0 {
		m.missed, m.busy = true, true
	}
	joined, ignores := f.join(m, t.st.Client, t.st.Auth.Fingerprint, t.st.PaddingMD5, t.now)
	if joined {
		t.member = m
	}
	if ignores != "" {
		t.diagnose(CodePaddingIgnored, 0, protocol.ClientToServer, ignores)
	}
}

// join enters a session of the client with this name and fingerprint. joined is false
// where the client has too many. ignores says in words that the client ignores the
// scheme that the server sent it, and goes by the one with this md5; it is empty where
// that is not so.
func (f *Fleet) join(m *member, name, fingerprint, md5 string, at time.Time) (joined bool, ignores string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := clientKey{hostKey{m.opening.client, m.opening.server}, name, fingerprint}
	c := entry(f.clients, key, maxClients, func(c *clientSessions) time.Time { return c.seenAt })
	c.seenAt = at
	if len(c.live) >= maxMembers {
		return false, ""
	}
	m.client = c
	c.live = append(c.live, m)
	return true, c.scheme.joined(m, md5)
}

// leave takes out a session that ends, at a time and by whom.
func (t *Tracker) leave(at time.Time, by Closer) {
	o := &t.opening
	// A session whose TLS failed is another matter.
	if f := t.cfg.Fleet; f != nil && o.client != "" && t.diagnostics[CodeTLSFailed] == 0 {
		until := at // that it was of use
		if t.diagnostics[CodeSessionKeptOpen] > 0 {
			_, until = t.firstGone()
		}
		end := sessionEnd{at: at, openedAt: o.openedAt, age: max(0, until.Sub(o.openedAt)), by: by, streams: t.st.Streams}
		if churns := f.sessionEnded(hostKey{o.client, o.server}, end); churns != "" {
			t.diagnose(CodeSessionChurn, 0, protocol.Direction(by), churns)
		}
	}
	t.knownToFleet()
	t.member.leave()
	t.member = nil
}

// sessionEnded takes the end of a session from a host. It says in words that too many young
// ones ended, and nothing where that is not so.
func (f *Fleet) sessionEnded(from hostKey, end sessionEnd) (churns string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := entry(f.hosts, from, maxHosts, hostSeenAt)
	h.seenAt = end.at
	return h.churn.sessionEnded(from.client, end)
}

// leave takes the member out.
func (m *member) leave() {
	if m == nil {
		return
	}
	m.fleet.mu.Lock()
	defer m.fleet.mu.Unlock()
	c := m.client
	i, last := slices.Index(c.live, m), len(c.live)-1
	c.live[i] = c.live[last]
	c.live[last] = nil
	c.live = c.live[:last]
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
