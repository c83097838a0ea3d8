package pane

import (
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// looksFields say which implementations the peers look like, and by what; nothing where nothing
// can be said.
func looksFields(p *cell.Palette, st *session.State) (fields []field) {
	for _, peer := range [...]protocol.Peer{protocol.Client, protocol.Server} {
		g := st.LooksLike(peer)
		if g.Sure == session.NoGuess {
			continue
		}
		f := field{label: "guess", value: peer.String() + ": " + g.Because(), paint: p.Text}
		if peer == protocol.Client && st.Client != "" {
			f.value, f.paint = "client: calls itself "+st.Client+", "+g.Because(), p.Warn
		}
		fields = append(fields, f)
	}
	return fields
}
