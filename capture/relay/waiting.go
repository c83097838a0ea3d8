package relay

import (
	"anytls-inspect/capture"
	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
)

// isHeld tells whether a frame waits to be released, and not only for its time.
func (p *passage) isHeld() bool { return p.waits != nil && p.waits.Action == rule.Hold }

// cameWaits tells of a frame that came and waits. Its data is the link's, which never writes to
// it.
func (i *item) cameWaits(dir protocol.Direction, why capture.Outcome) capture.Waiting {
	p := i.came
	w := capture.Waiting{
		Ticket: i.ticket, Came: true, Preamble: p.Preamble, Since: i.since, Why: why,
		Insert: capture.Insert{Toward: dir.Receiver(), Due: i.due, Rule: p.holder},
	}
	if !p.Preamble {
		w.Frame = protocol.Frame{Command: p.Header.Command, Stream: p.Header.Stream, Data: p.Wire[protocol.HeaderLen:]}
	}
	return w
}

// letGo lets a frame that came go on, and with it those that it waits for. It returns false
// where it does not wait.
func (l *link) letGo(t capture.Ticket) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := l.outbox.find(t)
	if i < 0 || l.outbox.items[i].came == nil || l.outbox.items[i].came.cancelled {
		return false
	}
	now := l.clock()
	free := map[uint32]bool{l.outbox.items[i].frame.Stream: true}
	for ; i >= 0; i-- {
		if it := &l.outbox.items[i]; it.came != nil && (it.all || free[it.frame.Stream]) {
			it.due, it.came.released = now, true
			free[it.frame.Stream] = true
		}
	}
	l.start()
	return true
}
