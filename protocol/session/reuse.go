package session

import (
	"fmt"
	"time"
)

const (
	// pileSize idle sessions that were hardly used, when a client opens another one, are a
	// pile.
	pileSize = 8
	// hardlyUsed is how many streams such a session has had at most: jxo-me's client takes
	// a session for two.
	hardlyUsed = 2
)

// piles says in words that the client opened the session for its first stream though idle
// ones pile up that it could have used. It says so once, until the pile is gone, and
// otherwise returns nothing. It needs the fleet's lock.
//
// Traffic in parallel makes many sessions, too. So only those count that were idle for a
// while when the session was opened, and had no more than a few streams. One that had more
// shows that the client does reuse sessions: then several devices stand behind one address,
// each with few sessions.
func (m *member) piles() string {
	idle, longest, example := 0, time.Duration(0), uint32(0)
	if m.hostUnknown() {
		return ""
	}
	for _, o := range m.client.live {
		switch {
		case o == m || o.streams == 0 && !o.missed:
		case o.streams > hardlyUsed, o.missed:
			return ""
		case !o.busy:
			lay := m.opening.openedAt.Sub(o.idleSince())
			if lay < poolMargin {
				continue
			}
			idle++
			if lay > longest {
				longest, example = lay, o.opening.id
			}
		}
	}
	if idle < pileSize {
		m.client.piled = m.client.piled && idle >= pileSize/2
		return ""
	}
	if m.client.piled {
		return ""
	}
	m.client.piled = true
	return fmt.Sprintf("the client opened this session for a stream though %d of its sessions were idle for %v or more, each after no more than %d streams; session %d was for %v",
		idle, poolMargin, hardlyUsed, example, longest.Round(time.Millisecond))
}
