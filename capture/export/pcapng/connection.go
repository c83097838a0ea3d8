package pcapng

import (
	"net/netip"
	"strconv"
	"time"

	"anytls-inspect/capture"
)

// ackEvery is the number of packets after which an end that sends nothing itself
// acknowledges them (RFC 9293, section 3.8.6.3).
const ackEvery = 2

// A connection makes packets of what goes over one leg. It implements
// [capture.LegRecorder]. The recorder's lock guards all of its fields.
type connection struct {
	recorder *Recorder
	serial   uint64
	leg      capture.Leg
	ends     capture.ByWay[end] // by the way in which they send
	last     time.Time          // of the newest packet
	reset    *reset             // nil where neither end reset the connection
	over     bool               // nothing more is recorded
	secrets  secrets
	held     []byte // whole blocks that wait for the secrets
}

// A reset waits until the connection is closed: another goroutine may tell after it of
// bytes that were received before it.
type reset struct {
	at time.Time
	by capture.Way
}

// newConnection returns a connection before its TCP handshake.
func newConnection(r *Recorder, serial uint64, c capture.LegInfo) *connection {
	k := &connection{recorder: r, serial: serial, leg: c.Leg}
	// The clock of RFC 9293, section 3.4.1: a connection that uses the same ports
	// again has other sequence numbers.
	isn := uint32(c.Answered.UnixMicro() / 4)
	k.ends[capture.Received] = end{addr: unmap(c.Peer), mac: 1 + 2*byte(c.Leg.Peer()), next: isn}
	k.ends[capture.Sent] = end{addr: unmap(c.Relay), mac: 2, next: isn + 1<<31}
	return k
}

// unmap returns the address as packets have it: an IPv4 address in IPv6 as IPv4, and
// without a zone.
func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// shake makes the packets of the TCP handshake (RFC 9293, section 3.5).
func (k *connection) shake(c capture.LegInfo) {
	asks := k.serverWay().Reverse()
	session := "session " + strconv.FormatUint(uint64(c.Session), 10) + ", " + k.leg.InterfaceName()
	k.packet(c.Asked, asks, flagSYN, nil, session)
	k.packet(c.Answered, asks.Reverse(), flagSYN|flagACK, nil, "")
	k.packet(c.Answered, asks, flagACK, nil, "")
}

// serverWay returns the way in which the server of TCP and TLS sends: the relay on the
// client's leg, the peer on the server's.
func (k *connection) serverWay() capture.Way {
	if k.leg == capture.ClientLeg {
		return capture.Sent
	}
	return capture.Received
}

// packet makes one packet, and the acknowledgement where one is due after it.
func (k *connection) packet(at time.Time, w capture.Way, flags byte, payload []byte, note string) {
	k.append(at, w, flags, payload, note)
	if to := &k.ends[w.Reverse()]; flags&flagSYN == 0 && (to.owed >= ackEvery || flags&flagFIN != 0) {
		k.append(at, w.Reverse(), flagACK, nil, "")
	}
}

// append makes one packet, in the spool or, while the secrets are awaited, in held.
func (k *connection) append(at time.Time, w capture.Way, flags byte, payload []byte, note string) {
	from, to := &k.ends[w], &k.ends[w.Reverse()]
	out := &k.held
	if !k.secrets.awaited() {
		k.recorder.reserve(packetOverhead + len(payload) + len(note))
		out = &k.recorder.spool.buf
	}
	k.last = at
	*out = appendPacket(*out, uint32(k.leg.Peer()), at, from, to, flags, payload, note)
	k.recorder.stats.Packets++
}

// Bytes implements [capture.LegRecorder].
func (k *connection) Bytes(at time.Time, w capture.Way, b []byte, note string) {
	defer k.recorder.leave()
	if !k.recorder.enter() || k.over || k.ends[w].fin || k.reset != nil && w == capture.Sent {
		return
	}
	if w == k.serverWay() {
		k.secrets.answered = true
	}
	for len(b) > 0 {
		n := min(len(b), maxSegment)
		flags := byte(flagACK)
		if n == len(b) {
			flags |= flagPSH
		}
		k.packet(at, w, flags, b[:n], note)
		b = b[n:]
	}
	if len(k.held) > maxHeld {
		k.release()
	}
}

// Fin implements [capture.LegRecorder].
func (k *connection) Fin(at time.Time, w capture.Way) {
	defer k.recorder.leave()
	if !k.recorder.enter() || k.over || k.ends[w].fin || k.reset != nil {
		return
	}
	k.packet(at, w, flagFIN|flagACK, nil, "")
	k.ends[w].fin = true
	k.over = k.ends[w.Reverse()].fin
	k.release()
}

// Reset implements [capture.LegRecorder].
func (k *connection) Reset(at time.Time, w capture.Way) {
	defer k.recorder.leave()
	if k.recorder.enter() && !k.over && k.reset == nil {
		k.reset = &reset{at, w}
	}
}

// Close implements [capture.LegRecorder].
func (k *connection) Close() {
	defer k.recorder.leave()
	if k.recorder.enter() {
		k.finish()
		delete(k.recorder.live, k.serial)
	}
}

// finish makes the packets that are still due: a reset, and those that were held back.
func (k *connection) finish() {
	if r := k.reset; r != nil && !k.over {
		at := r.at
		if at.Before(k.last) {
			at = k.last
		}
		k.packet(at, r.by, flagRST|flagACK, nil, "")
	}
	k.over = true
	k.release()
}

// Secret implements [capture.LegRecorder].
func (k *connection) Secret(line []byte) {
	k.recorder.mu.Lock()
	defer k.recorder.leave()
	if k.recorder.closed {
		return
	}
	k.secrets.add(line)
	if k.secrets.released || k.secrets.complete() {
		k.release()
	}
}

// release moves the secrets that are known to the spool, and behind them, in the same
// file, the packets that waited for them. Nothing is held back from then on.
func (k *connection) release() {
	r := k.recorder
	lines := k.secrets.take()
	if len(lines)+len(k.held) == 0 {
		return
	}
	r.reserve(secretsOverhead + len(lines) + len(k.held))
	if len(lines) > 0 {
		r.spool.buf = appendSecrets(r.spool.buf, lines)
	}
	r.spool.buf = append(r.spool.buf, k.held...)
	k.held = nil
}
