package replay

import (
	"math"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/advice"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/internal/tlstap"
	"anytls-inspect/protocol"
)

// observe returns the observer of the connection's TLS, a new one the first time.
func (c *connection) observe() *tlstap.Observer {
	if c.observer == nil {
		c.observer = tlstap.NewObserver(c.w.keys.lookup, c.found)
		c.observer.Backlog, c.observer.Newest = c.w.keys.backlog, c.w.keys.newest
	}
	return c.observer
}

// feed feeds the observer the next bytes of a direction.
func (c *connection) feed(dir protocol.Direction, b []byte) {
	c.observe().Feed(dir, b)
	c.await()
}

// await notes when the bytes came that wait for their key. It gives up where no key
// will come, or too much waits.
func (c *connection) await() {
	if !c.waits && !c.observer.Waiting() {
		return
	}
	if c.observer.Waiting() && !c.w.awaits(c, c.observer.Buffered()) {
		c.observer.GiveUp()
	}
	if c.waits = c.observer.Waiting(); !c.waits {
		c.w.awaits(c, 0)
		c.arrivals = protocol.ByDirection[arrivals]{}
		c.gone(protocol.ClientToServer)
		c.gone(protocol.ServerToClient)
		c.release(math.MaxInt64)
		return
	}
	for sender := range twoEnds {
		c.arrivals[c.dir(sender)].add(c.streams[sender].Handed(), c.now)
	}
}

// retry looks for the key that the connection waits for.
func (c *connection) retry() {
	c.observer.Retry()
	c.await()
	if c.over && !c.waits {
		c.shut()
	}
}

// found makes events of what the observer has found.
func (c *connection) found(f *tlstap.Finding) {
	at := c.arrivals[f.Dir].at(f.Offset, c.now)
	switch f.Kind {
	case tlstap.Established:
		c.establish(at)
	case tlstap.Data:
		c.data(at, f)
	case tlstap.Alert:
		c.alert(at, f)
	case tlstap.NoKey, tlstap.Damaged:
		c.sights[f.Dir].skips = true
	case tlstap.Lost:
		c.lost(at, f)
	case tlstap.Stopped:
		c.stopped(at, f)
	case tlstap.Hello:
	}
}

// establish emits Established, once.
func (c *connection) establish(at int64) {
	if c.established {
		return
	}
	c.established = true
	i := c.observer.Info()
	c.emit(at, capture.Event{Kind: capture.Established, TLS: &capture.TLS{
		Version: tlsrec.VersionName(i.Version), Cipher: i.Suite.String(), SNI: i.SNI, ALPN: i.ALPN,
	}})
	c.release(at)
	for dir := range c.sights {
		c.blind(at, protocol.Direction(dir), false)
	}
}

// data emits the plaintext of a TLS record.
func (c *connection) data(at int64, f *tlstap.Finding) {
	c.served = c.served || f.Dir == protocol.ServerToClient
	c.beginning.shown[f.Dir] = true
	c.missBeginning(f.Dir.Reverse())
	if s := &c.sights[f.Dir.Reverse()]; s.skips || s.why != "" {
		c.blind(at, f.Dir.Reverse(), true)
	}
	c.spoke = true
	switch {
	case len(f.Data) == 0:
	case c.marker != nil:
		if !c.marker.split(at, f, c.marked) {
			c.misplace(at, f.Dir)
		}
	default:
		c.emitData(at, f.Dir, f.Data)
	}
}

// alert notes how an alert ends the connection.
func (c *connection) alert(at int64, f *tlstap.Finding) {
	if !f.Closing {
		return
	}
	sender, how := f.Dir.Sender(), ""
	refused := c.refuses(f)
	if f.Description != tlsrec.CloseNotify {
		how = "the " + sender.String() + " sent the TLS alert " + tlsrec.AlertName(f.Description)
	}
	if refused {
		how = "the " + c.nameOf(sender) + " sent the TLS alert " + tlsrec.AlertName(f.Description)
		if what := c.advise(sender, f.Description); what != "" {
			how += ": " + what
		}
	}
	c.finishTLS(at, sender, how, refused)
	if f.Description == tlsrec.CloseNotify {
		c.goings[f.Dir].notified = true
		c.goes(at, f.Dir)
	}
}

// refuses tells whether an alert says that its sender refuses the handshake. Under TLS 1.3
// the server may do so when it is over for the client, which has shown it no certificate
// that it takes (RFC 8446, section 4.4.2.4).
func (c *connection) refuses(f *tlstap.Finding) bool {
	if f.Description == tlsrec.CloseNotify {
		return false
	}
	return f.Plain || !c.established || f.Dir == protocol.ServerToClient && !c.served && tlsrec.IsCertificateAlert(f.Description)
}

// advise returns what to do about an alert that refuses the handshake.
func (c *connection) advise(sender protocol.Peer, description uint8) string {
	if c.leg == capture.NoLeg {
		return advice.ForAlert(sender, description)
	}
	return advice.ForLegAlert(c.leg.Peer(), c.isRelay(sender), description)
}

// isRelay tells whether an end of the connection is the relay, which recorded it.
func (c *connection) isRelay(p protocol.Peer) bool {
	return c.leg != capture.NoLeg && c.leg.Peer() != p
}

// nameOf returns what the texts on a failed handshake call an end.
func (c *connection) nameOf(p protocol.Peer) string {
	if c.isRelay(p) {
		return "relay"
	}
	return p.String()
}
