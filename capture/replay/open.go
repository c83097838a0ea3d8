package replay

import (
	"errors"
	"io"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/internal/tlstap"
	"anytls-inspect/protocol"
)

// observe returns the tap on the connection's TLS.
func (c *connection) observe() *tlstap.Tap {
	if c.tap == nil {
		c.tap = tlstap.NewTap(c.w.keys.lookup, c.opened)
		c.tap.Backlog = c.w.keys.backlog
	}
	return c.tap
}

// feed opens what comes next of a direction.
func (c *connection) feed(dir protocol.Direction, b []byte) {
	t := c.observe()
	t.Feed(dir, b)
	c.await()
}

// await notes when what waits for its key came, and gives up where none will
// come, or too much waits.
func (c *connection) await() {
	if !c.waits && !c.tap.Waiting() {
		return
	}
	if c.tap.Waiting() && !c.w.awaits(c, c.tap.Buffered()) {
		c.tap.GiveUp()
	}
	if c.waits = c.tap.Waiting(); !c.waits {
		c.w.awaits(c, 0)
		c.late = [2]lateness{}
		return
	}
	for sender := range c.streams {
		c.late[c.dir(sender)].add(c.streams[sender].Handed(), c.now)
	}
}

// retry looks for the key that is waited for.
func (c *connection) retry() {
	c.tap.Retry()
	c.await()
	if c.over && !c.waits {
		c.shut()
	}
}

// opened takes what the tap found.
func (c *connection) opened(e *tlstap.Event) {
	at := c.late[e.Dir].at(e.Offset, c.now)
	switch e.Kind {
	case tlstap.Established:
		c.establish(at)
	case tlstap.Data:
		c.data(at, e)
	case tlstap.Alert:
		c.alert(at, e)
	case tlstap.Lost:
		if e.Gap.Plaintext != 0 {
			c.establish(at) // that may be in what was lost
			c.emit(at, capture.Event{Kind: capture.Gap, Dir: e.Dir, Missing: e.Gap.Plaintext})
		}
	case tlstap.Stopped:
		c.stopped(at, e)
	case tlstap.Hello, tlstap.NoKey:
	}
}

// establish says what the handshake agreed on, once.
func (c *connection) establish(at int64) {
	if c.established {
		return
	}
	c.established = true
	i := c.tap.Info()
	c.emit(at, capture.Event{Kind: capture.Established, TLS: &capture.TLS{
		Version: tlsrec.VersionName(i.Version), Cipher: i.Suite.String(), SNI: i.SNI, ALPN: i.ALPN,
	}})
}

// data records the plaintext of a TLS record.
func (c *connection) data(at int64, e *tlstap.Event) {
	switch {
	case len(e.Data) == 0:
	case c.marker != nil:
		c.marker.split(at, e, c.emit)
	default:
		c.emit(at, capture.Event{Kind: capture.Data, Dir: e.Dir, Data: e.Data})
	}
}

func (c *connection) alert(at int64, e *tlstap.Event) {
	if !e.Closing {
		return
	}
	sender, how := e.Dir.Sender(), ""
	if e.Description != tlsrec.CloseNotify {
		how = "the " + sender.String() + " sent the TLS alert " + tlsrec.AlertName(e.Description)
	}
	c.finishTLS(at, sender, how)
}

// stopped notes why a direction is no longer decoded.
func (c *connection) stopped(at int64, e *tlstap.Event) {
	if errors.Is(e.Err, io.ErrUnexpectedEOF) {
		return // it ended inside a record: how it ended says enough
	}
	if c.why == "" {
		c.why = explain(e.Err)
	}
	if c.tap.Info().Version != 0 && errors.Is(e.Err, tlstap.ErrNoKey) {
		c.establish(at) // it stands, though it can't be looked into
		return
	}
	if c.established {
		c.emit(at, capture.Event{Kind: capture.Gap, Dir: e.Dir, Missing: -1})
	}
}
