package session

import (
	"errors"
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
		head, err := parseHead(f.Data)
		switch {
		case errors.Is(err, protocol.ErrShort) && len(f.Data) < int(f.Header.Length):
			return "" // the rest is not here to look at
		case errors.Is(err, protocol.ErrShort):
			return "target in several frames"
		case err != nil:
			return "no target"
		}
		text := protocol.Printable(head.target.String())
		if head.udp {
			text += " udp"
		}
		return text
	case protocol.Settings, protocol.ServerSettings:
		return protocol.Printable(strings.ReplaceAll(strings.TrimSpace(string(f.Data)), "\n", " "))
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

// maxExcerpt is how much of a peer's text is kept, in bytes: so much that people
// read it, and so little that many of them do no harm.
const maxExcerpt = 400

// excerpt returns a peer's text, or its beginning, in printable form.
func excerpt[T ~string | ~[]byte](text T) string {
	if len(text) > maxExcerpt {
		return protocol.Printable(text[:maxExcerpt]) + "…"
	}
	return protocol.Printable(text)
}
