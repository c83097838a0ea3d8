package tui

import (
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
)

// toggleWaste hides or shows Waste frames. The auth preamble has the command Waste
// in the journal, and stays.
func (m *Model) toggleWaste() {
	m.noWaste = !m.noWaste
	match := m.opts.Match
	if m.noWaste {
		match = func(e *journal.Entry) bool {
			return (e.Header.Command != protocol.Waste || e.Preamble) && (m.opts.Match == nil || m.opts.Match(e))
		}
	}
	m.frames.Filter(match)
	m.stale = true
}

// filter returns the text of what leaves frames out, empty where nothing does.
func (m *Model) filter() string {
	switch {
	case !m.noWaste:
		return m.opts.Filter
	case m.opts.Filter == "":
		return "no Waste"
	default:
		return m.opts.Filter + ", no Waste"
	}
}
