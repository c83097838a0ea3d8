package pane

import (
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// severity returns the sign, the word and the style of a severity.
func severity(p *cell.Palette, v session.Severity) (sign, word string, paint cell.Paint) {
	switch v {
	case session.Error:
		return "✗", "error", p.Bad
	case session.Warning:
		return "▲", "warn", p.Warn
	default:
		return "•", "note", p.Dim
	}
}

// commandPaint returns the style of a kind of command.
func commandPaint(p *cell.Palette, f *journal.Entry) cell.Paint {
	switch f.Header.Command {
	case protocol.PSH:
		return p.Text
	case protocol.SYN, protocol.SYNACK, protocol.FIN:
		return p.Stream
	case protocol.Settings, protocol.ServerSettings, protocol.UpdatePaddingScheme:
		return p.Setup
	case protocol.HeartRequest, protocol.HeartResponse:
		return p.Heart
	case protocol.Waste:
		if f.Preamble {
			return p.Setup
		}
		return p.Dim
	default:
		return p.Bad // an Alert, or a command that the protocol lacks
	}
}

// directionPaint returns the style of a direction.
func directionPaint(p *cell.Palette, d protocol.Direction) cell.Paint {
	if d == protocol.ClientToServer {
		return p.Up
	}
	return p.Down
}
