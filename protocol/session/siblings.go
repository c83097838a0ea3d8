package session

import "anytls-inspect/protocol"

// A blindness is what a session hides from its siblings, since frames of it are missing.
type blindness struct {
	host   *host                 // counts the session among those whose client is not known; nil: it does not
	unseen protocol.ByPeer[bool] // nothing is seen of what the peer sends: its path counts the session
}

// missedByFleet takes note that frames of a direction may be missing: streams that were opened
// or ended, or a padding scheme.
func (t *Tracker) missedByFleet(dir protocol.Direction) {
	f := t.cfg.Fleet
	if f == nil || t.opening.client == "" {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	h := entry(f.hosts, hostKey{t.opening.client, t.opening.server}, maxHosts, hostSeenAt)
	h.seenAt = t.now
	if dir == protocol.ServerToClient {
		// Servers send a scheme in answer to Settings, before they answer streams.
		if served := &t.st.Commands[dir]; served[protocol.SYNACK]+served[protocol.PSH] == 0 {
			h.schemeAt = t.now
		}
	} else if t.settingsAt.IsZero() && t.blindness.host == nil && !t.someGone() {
		t.blindness.host = h
		h.unknown++
	}
	if m := t.member; m != nil {
		m.payloadAt[dir] = t.now
		if dir == protocol.ClientToServer {
			m.missed, m.busy = true, true
		}
	}
}

// schemeUnplaced takes note that the server sent a scheme to a client that is not known.
func (t *Tracker) schemeUnplaced() {
	t.cfg.Fleet.mu.Lock()
	defer t.cfg.Fleet.mu.Unlock()
	t.blindness.host.schemeAt = t.now
}

// knownToFleet takes note that the session is no longer one whose client is not known: its
// Settings came after all, or it ends.
func (t *Tracker) knownToFleet() {
	h := t.blindness.host
	if h == nil {
		return
	}
	t.cfg.Fleet.mu.Lock()
	defer t.cfg.Fleet.mu.Unlock()
	h.unknown--
	t.blindness.host = nil
}

// hostUnknown tells whether the host has sessions of which it is not known what client they
// are of. It needs the fleet's lock.
func (m *member) hostUnknown() bool {
	h := m.fleet.hosts[hostKey{m.opening.client, m.opening.server}]
	return h != nil && h.unknown > 0
}

// schemeMissed tells whether the server may have sent the client a scheme, since the one that
// is known, where nobody saw it. It needs the fleet's lock.
func (m *member) schemeMissed() bool {
	h := m.fleet.hosts[hostKey{m.opening.client, m.opening.server}]
	return h != nil && !h.schemeAt.IsZero() && !h.schemeAt.Before(m.client.scheme.lastAt)
}

// schemeUnknown is schemeMissed for whoever has not the lock.
func (m *member) schemeUnknown() bool {
	if m == nil {
		return false
	}
	m.fleet.mu.Lock()
	defer m.fleet.mu.Unlock()
	return m.schemeMissed()
}

// blind takes note of whether nothing is seen of what a peer sends: it may be heard of all the
// same.
func (t *Tracker) blind(p protocol.Peer, unseen bool) {
	path := t.paths[p]
	if path == nil || t.blindness.unseen[p] == unseen {
		return
	}
	t.blindness.unseen[p] = unseen
	if unseen {
		path.unseen.Add(1)
	} else {
		path.unseen.Add(-1)
	}
}

// isSeen tells whether the peer would be heard of in all of its sessions.
func (p *path) isSeen() bool { return p == nil || p.unseen.Load() == 0 }
