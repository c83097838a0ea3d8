package session

import (
	"fmt"
	"time"
)

const (
	// schemeTime is how long before a session's opening a scheme must have been sent
	// for the client to be able to use it.
	schemeTime = 2 * time.Second
	// maxStrikes is how often in a row a client must ignore the scheme. It may seem to
	// ignore it once where another device starts behind the same address. The first
	// sessions of a device, opened at once, count as one.
	maxStrikes = 3
)

// A sentScheme is the padding scheme that the server sent a client last (section
// cmdUpdatePaddingScheme).
type sentScheme struct {
	md5     string
	twin    string    // md5 of the same text, but for a final newline
	firstAt time.Time // when it was sent first
	lastAt  time.Time
	strikes int       // sessions in a row, opened after firstAt, that ignored it
	struck  time.Time // when the last of these was opened
}

// schemeSent takes note that the server sent a scheme.
func (m *member) schemeSent(at time.Time, md5, twin string) {
	if m == nil {
		return
	}
	m.fleet.mu.Lock()
	defer m.fleet.mu.Unlock()
	s := &m.client.scheme
	if s.md5 != md5 {
		*s = sentScheme{md5: md5, twin: twin, firstAt: at}
	}
	s.lastAt = at
	m.sentMD5 = md5
}

// siblingScheme returns the md5 of the scheme that the server sent the client last, in
// whatever session; nothing where it sent none.
func (m *member) siblingScheme() (md5 string) {
	if m == nil {
		return ""
	}
	m.fleet.mu.Lock()
	defer m.fleet.mu.Unlock()
	return m.client.scheme.md5
}

// schemeChanging tells whether the client may have been taking over a new scheme
// just when it opened this session.
func (m *member) schemeChanging() bool {
	if m == nil {
		return false
	}
	m.fleet.mu.Lock()
	defer m.fleet.mu.Unlock()
	s := &m.client.scheme
	return m.schemeMissed() || s.md5 != "" && m.opening.openedAt.Sub(s.lastAt) < schemeTime+m.within
}

// joined compares a new session's scheme, md5, with the one that was sent before. A
// client that was started again begins with the default scheme. To tell the two cases
// apart, a session in which the client was sent the scheme must still be open. joined
// says in words that the client ignores the scheme, and nothing where that is not sure.
func (s *sentScheme) joined(m *member, md5 string) string {
	opened := m.opening.openedAt
	if s.md5 == "" || opened.Sub(s.firstAt) < schemeTime+m.within || m.schemeMissed() {
		return ""
	}
	if md5 == s.md5 || md5 == s.twin {
		s.strikes = 0
		return ""
	}
	if s.strikes > 0 && opened.Sub(s.struck) < schemeTime {
		return ""
	}
	for _, o := range m.client.live {
		if o.sentMD5 != s.md5 {
			continue
		}
		s.strikes++
		s.struck = opened
		if s.strikes < maxStrikes {
			return ""
		}
		return fmt.Sprintf("the client goes by scheme %s, though the server sent it %s before, in session %d for one, which is still open",
			short(md5), short(s.md5), o.opening.id)
	}
	return ""
}

// short abbreviates an md5.
func short(md5 string) string {
	if md5 == "" {
		return "(none)"
	}
	return md5[:min(len(md5), 8)] + "…"
}
