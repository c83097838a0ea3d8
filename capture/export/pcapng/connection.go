package pcapng

import (
	"net/netip"
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
	session  *recorded
	serial   uint64
	leg      capture.Leg
	ends     capture.ByWay[end] // by the way in which they send
	last     time.Time          // of the newest packet
	reset    *reset             // nil where neither end reset the connection
	ending   string             // how the session ends, as far as no packet tells it yet
	over     bool               // nothing more is recorded
	secrets  secrets
	held     []byte             // whole blocks that wait for the secrets
	before   capture.ByWay[end] // the ends as of before held
}

// A reset waits until the connection is closed: another goroutine may tell after it of
// bytes that were received before it.
type reset struct {
	at time.Time
	by capture.Way
}

// newConnection returns a connection before its TCP handshake.
func newConnection(r *Recorder, serial uint64, s *recorded, c capture.LegInfo) *connection {
	k := &connection{recorder: r, session: s, serial: serial, leg: c.Leg}
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
	k.packet(c.Asked, asks, flagSYN, nil, capture.LegNote(c.Session, k.leg))
	k.packet(c.Answered, asks.Reverse(), flagSYN|flagACK, nil, c.Note)
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
// Where there is no room for it in the file, the session is recorded no further.
func (k *connection) append(at time.Time, w capture.Way, flags byte, payload []byte, note string) {
	if k.over {
		return
	}
	if note == "" {
		note, k.ending = k.ending, ""
	}
	if k.secrets.awaited() {
		if len(k.held) == 0 {
			k.before = k.ends
		}
		k.held = k.appendTo(k.held, at, w, flags, payload, note)
		return
	}
	if why := k.lacksRoom(packetOverhead + len(payload) + len(note)); why != "" {
		k.recorder.cut(k.session, why)
		return
	}
	k.spool(at, w, flags, payload, note)
}

// spool makes one packet in the spool.
func (k *connection) spool(at time.Time, w capture.Way, flags byte, payload []byte, note string) {
	s := &k.recorder.spool
	from := len(s.buf)
	s.buf = k.appendTo(s.buf, at, w, flags, payload, note)
	k.wrote(from)
}

// wrote notes that what the spool holds from an offset on is the connection's.
func (k *connection) wrote(from int) {
	s := &k.recorder.spool
	s.wrote(k.session.file, from)
	k.session.size += int64(len(s.buf) - from)
}

// appendTo appends one packet to b.
func (k *connection) appendTo(b []byte, at time.Time, w capture.Way, flags byte, payload []byte, note string) []byte {
	k.last = at
	k.recorder.stats.Packets++
	return appendPacket(b, uint32(k.leg.Peer()), at, &k.ends[w], &k.ends[w.Reverse()], flags, payload, note)
}

// lacksRoom returns why there is no room for n more bytes, and after them for the
// comments on the ends of all legs that are recorded. It is empty where there is.
func (k *connection) lacksRoom(n int) string {
	s, o := k.session, &k.recorder.options
	switch {
	case s.size+int64(n+len(s.legs)*maxCut) > o.times(SessionGrowth):
		return o.past("it", SessionGrowth)
	case s.file.size+int64(n+s.file.legs*maxCut) > o.times(FileGrowth):
		return o.past("its file", FileGrowth)
	default:
		return ""
	}
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

// Remark implements [capture.LegRecorder]. The comment is that of a packet of its own, an
// acknowledgement. It waits for no room: remarks are few. One that is told behind a reset stands
// before it, since that is the last packet.
func (k *connection) Remark(at time.Time, text string) {
	k.recorder.mu.Lock()
	defer k.recorder.leave()
	if k.recorder.closed || k.over {
		return
	}
	k.append(at, k.acknowledger(), flagACK, nil, text)
}

// Ends implements [capture.LegRecorder].
func (k *connection) Ends(text string) {
	k.recorder.mu.Lock()
	defer k.recorder.leave()
	if !k.recorder.closed && !k.over {
		k.ending = text
	}
}

// acknowledger returns the way of an acknowledgement: that of the end which has something
// to acknowledge, where one has.
func (k *connection) acknowledger() capture.Way {
	if k.ends[capture.Received].owed > 0 {
		return capture.Received
	}
	return capture.Sent
}

// Fin implements [capture.LegRecorder].
func (k *connection) Fin(at time.Time, w capture.Way) {
	defer k.recorder.leave()
	if !k.recorder.enter() || k.over || k.ends[w].fin || k.reset != nil {
		return
	}
	k.packet(at, w, flagFIN|flagACK, nil, "")
	k.ends[w].fin = true
	k.release()
	if k.ends[w.Reverse()].fin {
		k.stop()
	}
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
		if _, ok := k.recorder.live[k.serial]; ok {
			delete(k.recorder.live, k.serial)
			k.recorder.leaves(k)
		}
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
	if k.ending != "" {
		k.append(k.last, k.acknowledger(), flagACK, nil, "")
	}
	k.release()
	k.stop()
}

// stop notes that nothing more is recorded.
func (k *connection) stop() {
	if !k.over {
		k.over = true
		k.session.file.legs--
	}
}

// maxCut is the most that a comment on the end of a leg's recording takes, in bytes.
const maxCut = packetOverhead + 256

// cut ends the leg's recording while the session goes on. An acknowledgement, to which
// there is always room, carries the comment that says so. What was held back for the
// secrets is recorded where there is room for that, too.
func (k *connection) cut(why string) {
	if k.over {
		return
	}
	if n := len(k.secrets.lines) + len(k.held); n > 0 && k.lacksRoom(secretsOverhead+n) == "" {
		k.release()
	} else if len(k.held) > 0 {
		k.ends, k.held = k.before, nil
	}
	k.spool(k.last, k.acknowledger(), flagACK, nil, capture.CutNote(why))
	k.stop()
}

// Secret implements [capture.LegRecorder].
func (k *connection) Secret(line []byte) {
	k.recorder.mu.Lock()
	defer k.recorder.leave()
	if k.recorder.closed || k.over {
		return
	}
	k.secrets.add(line)
	if k.secrets.released || k.secrets.complete() {
		k.release()
	}
}

// release moves the secrets that are known to the spool, and behind them the packets
// that waited for them. Nothing is held back from then on.
func (k *connection) release() {
	if k.over {
		return
	}
	if n := len(k.secrets.lines) + len(k.held); n > 0 {
		if why := k.lacksRoom(secretsOverhead + n); why != "" {
			k.recorder.cut(k.session, why)
			return
		}
	}
	s, from := &k.recorder.spool, len(k.recorder.spool.buf)
	if lines := k.secrets.take(); len(lines) > 0 {
		s.buf = appendSecrets(s.buf, lines)
	}
	if s.buf = append(s.buf, k.held...); len(s.buf) > from {
		k.wrote(from)
	}
	k.held = nil
}
