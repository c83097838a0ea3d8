package tui

import "time"

// lasting is how long a status stays on the screen.
const lasting = 5 * time.Second

// A result says how far what a key asked for has come.
type result int

const (
	done    result = iota
	waits          // it will be done
	refused        // it will not be done
)

// A status says in words what a key did, or why not. The zero status is none.
type status struct {
	text  string
	how   result
	until time.Time
}

// expire removes a status that was shown for long enough. It tells whether it
// did.
func (s *status) expire(now time.Time) bool {
	if s.text == "" || now.Before(s.until) {
		return false
	}
	*s = status{}
	return true
}

// say shows a status.
func (m *Model) say(text string, how result) {
	m.status = status{text: text, how: how, until: m.opts.Clock().Add(lasting)}
	m.dirty = true
}
