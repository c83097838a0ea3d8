package legtest

import (
	"sync"
	"time"

	"anytls-inspect/capture"
)

// A tape is a recorder of a leg. It is told what the leg sends before the operating
// system gets it: so what it has not got was not sent.
type tape struct {
	mu    sync.Mutex
	sends []note
	reads []note
	peers int // how often the peer reset the connection
}

// A note is the length of what was sent or read at once, and what the leg noted on it.
type note struct {
	n    int
	text string
}

func (p *tape) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sends, p.reads = nil, nil
}

// sent returns what was sent since the last reset.
func (p *tape) sent() []note {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]note(nil), p.sends...)
}

// read returns what was read, and told, since the last reset.
func (p *tape) read() []note {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]note(nil), p.reads...)
}

// Bytes implements [capture.LegRecorder].
func (p *tape) Bytes(_ time.Time, w capture.Way, b []byte, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case len(b) == 0:
	case w == capture.Sent:
		p.sends = append(p.sends, note{len(b), text})
	default:
		p.reads = append(p.reads, note{len(b), text})
	}
}

// Secret implements [capture.LegRecorder].
func (*tape) Secret([]byte) {}

// Remark implements [capture.LegRecorder]. It stands among what was sent.
func (p *tape) Remark(_ time.Time, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sends = append(p.sends, note{0, text})
}

// Ends implements [capture.LegRecorder].
func (*tape) Ends(string) {}

// Fin implements [capture.LegRecorder].
func (*tape) Fin(time.Time, capture.Way) {}

// resets returns how often it was told that the peer reset the connection.
func (p *tape) resets() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.peers
}

// Reset implements [capture.LegRecorder].
func (p *tape) Reset(_ time.Time, w capture.Way) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w == capture.Received {
		p.peers++
	}
}

// Close implements [capture.LegRecorder].
func (*tape) Close() {}

var _ capture.LegRecorder = (*tape)(nil)
