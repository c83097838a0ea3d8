package session

import (
	"errors"
	"fmt"
	"strings"

	"anytls-inspect/protocol"
)

// Info says in one line what a frame carries: settings, a target, the text of an
// error. It is empty for most frames, printable, and never shows payload or a
// credential.
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

// text returns what the frame's data says, as far as it was kept.
func (f *Frame) text() string {
	switch f.Header.Command {
	case protocol.PSH:
		if !f.Target {
			return ""
		}
		head, err := parseHead(f.Data)
		switch {
		case errors.Is(err, protocol.ErrShort) && len(f.Data) < int(f.Header.Length):
			return "" // Data ends before the target does
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
		return settingsInfo(f.Data)
	case protocol.UpdatePaddingScheme:
		return schemeInfo(f.Data, int(f.Header.Length))
	case protocol.SYNACK, protocol.Alert:
		return protocol.Printable(f.Data)
	default:
		return ""
	}
}

// settingsInfo returns settings in one line. A value that has blanks, or what does not
// show, stands in quotes.
func settingsInfo(data []byte) string {
	var info []string
	for line := range strings.SplitSeq(string(data), "\n") {
		if line == "" {
			continue
		}
		text := protocol.Printable(line)
		if key, value, found := strings.Cut(text, "="); found && (text != line || strings.Contains(value, " ")) {
			text = key + `="` + value + `"`
		}
		info = append(info, text)
	}
	return strings.Join(info, " ")
}

// schemeInfo names a scheme by its stop and md5. The md5 takes the whole text: where
// only a part was kept, schemeInfo returns nothing.
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

// maxExcerpt is how much of a peer's text is kept, in bytes: more than people read,
// and so little that many texts do no harm.
const maxExcerpt = 400

// excerpt returns a peer's text, or its beginning, in printable form.
func excerpt[T ~string | ~[]byte](text T) string {
	if len(text) > maxExcerpt {
		return protocol.Printable(text[:maxExcerpt]) + "…"
	}
	return protocol.Printable(text)
}
