package peer

import (
	"anytls-inspect/protocol"
)

// frame implements [role]. It ignores commands that a client does not know, as the
// reference does.
func (c *Client) frame(h protocol.Header, data []byte) error {
	switch h.Command {
	case protocol.SYNACK:
		if s := c.e.stream(h.Stream); s != nil {
			s.first.answer(h.Command, string(data), c.e.readAt)
		}
		if len(data) > 0 {
			c.refused(h.Stream, string(data))
		}
	case protocol.Alert:
		return &AlertError{Text: string(data)}
	case protocol.UpdatePaddingScheme:
		// A scheme that comes with an error is usable: the error is about lines that
		// are to be ignored.
		if scheme, _ := protocol.ParsePaddingScheme(data); scheme != nil {
			c.mu.Lock()
			c.learned = scheme
			c.mu.Unlock()
		}
	case protocol.ServerSettings:
		// Lines that can't be read are to be ignored.
		settings, _ := protocol.ParseSettings(data)
		c.mu.Lock()
		if c.serverVersion == 0 {
			c.settledAt = c.e.readAt
			close(c.settled)
		}
		c.serverVersion = max(settings.Version, 1)
		c.mu.Unlock()
	}
	return nil
}

// refused ends a stream that the server refused to open.
func (c *Client) refused(id uint32, text string) {
	if s := c.e.forget(id); s != nil {
		err := &RefusedError{Stream: id, Text: text}
		s.end(err, err)
	}
}
