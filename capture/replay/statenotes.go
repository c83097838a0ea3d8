package replay

import (
	"time"

	"anytls-inspect/capture"
)

// states tells what a recording of the relay says of bytes that stand, and of heartbeats
// that wait.
func (c *connection) states(p *packet) {
	if e, ok := capture.ParseStateNote(string(p.comment[:min(len(p.comment), maxStateNote)])); ok {
		if at := time.Unix(0, p.at); e.Since.After(at) {
			e.Since = at.UTC()
		}
		c.tell(p.at, e)
	}
}

// maxStateNote is how much of a comment is looked at.
const maxStateNote = 1 << 10
