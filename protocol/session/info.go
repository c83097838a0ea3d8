package session

import (
	"fmt"
	"strings"

	"anytls-inspect/protocol"
)

// Info says in one line what a frame carries: settings, a target, an error's
// text. It is empty where there is nothing to say. It is printable, and never
// shows payload or a credential.
func (f *Frame) Info() string {
	if f.Preamble {
		return fmt.Sprintf("padding0 %d bytes", f.Header.Length)
	}
	info := f.text()
	if f.Cut {
		info = strings.TrimSpace(info + " (cut short)")
	}
	return info
}

func (f *Frame) text() string {
	switch f.Header.Command {
	case protocol.PSH:
		if !f.Target {
			return ""
		}
		target, udp, _, err := parseHead(f.Data)
		if err != nil {
			return "target in several frames"
		}
		text := protocol.Printable(target.String())
		if udp {
			text += " udp"
		}
		return text
	case protocol.Settings, protocol.ServerSettings:
		return protocol.Printable(strings.ReplaceAll(string(f.Data), "\n", " "))
	case protocol.UpdatePaddingScheme:
		return schemeInfo(f.Data, int(f.Header.Length))
	case protocol.SYNACK, protocol.Alert:
		return protocol.Printable(f.Data)
	default:
		return ""
	}
}

// schemeInfo names a scheme by its md5, which takes the whole text.
func schemeInfo(data []byte, length int) string {
	if len(data) < length {
		return ""
	}
	scheme, err := protocol.ParsePaddingScheme(data)
	if scheme == nil {
		return err.Error()
	}
	return fmt.Sprintf("stop=%d md5 %s", scheme.Stop, scheme.MD5())
}
