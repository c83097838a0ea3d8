package rule

import (
	"time"

	"anytls-inspect/protocol"
)

// What the known implementations do is said in these groups. "Go peers" are anytls-go,
// sing-anytls, sing-box and mihomo, which have one session code. jxo-me's program is
// anytls-rs, ssrlive's is anytls.

// anytlsWaits says how ssrlive's clients wait for a SYNACK.
const anytlsWaits = "anytls clients send data without waiting for it, but for 0.3 behind HTTP, which gives up after 10 s."

// synackLimit is how long Go clients wait for a SYNACK.
const synackLimit = 3 * time.Second

// effects says what the known implementations make of an action on a kind of frame, as far as
// anything is known.
func (a *action) effects(s subject) []string {
	switch a.do {
	case Delay, Hold:
		return a.waits(s)
	case Throttle:
		return []string{"where more comes than the rate lets pass, up to 512 KiB wait, and then its sender is read no more; Go peers end a session 5 s after a control frame that they can't write."}
	case Stall:
		return a.stalls()
	case Drop:
		return drops(s)
	case Duplicate:
		return copies(s)
	case Replace:
		return a.replaces(s)
	case Corrupt:
		return a.corrupts(s)
	case Split, Join:
		return a.cuts(s)
	case Insert:
		return a.before(s)
	default:
		return nil
	}
}

// waits says what becomes of a frame that comes later.
func (a *action) waits(s subject) []string {
	wait := a.longest(s.command, s.preamble)
	if s.preamble {
		return []string{"all that the client sends waits behind it; most servers wait for ever, caddy's closes after 5 s, NodeRS and xflash's after 10 s, shoes after 60 s."}
	}
	switch s.command {
	case protocol.SYN:
		return []string{limit(wait, "the time counts: Go clients close the whole session 3 s after the SYN of a stream from 2 on that has no SYNACK, with all its streams.")}
	case protocol.SYNACK:
		text := []string{limit(wait, "Go clients close the whole session, with all its streams, 3 s after the SYN of a stream from 2 on; stream 1 they let wait.")}
		if wait >= 30*time.Second {
			text = append(text, "anytls-rs clients give up the stream after 30 s.")
		}
		return append(text, anytlsWaits)
	case protocol.Settings:
		if a.all {
			if wait >= 10*time.Second {
				return []string{"the session begins later; anytls 0.5 clients end it where nothing comes for 10 s, anytls-rs clients give up the stream after 30 s."}
			}
			return []string{"the session begins later; no known peer ends it so soon."}
		}
		return []string{"a SYN overtakes it: Go servers and anytls 0.3 answer a SYN in front of Settings with an Alert, and close. With " + a.do.String() + " all nothing overtakes it."}
	case protocol.ServerSettings:
		return []string{"until it comes, clients act as with a version 1 server: Go clients start no timer for SYNACKs."}
	case protocol.UpdatePaddingScheme:
		return []string{"until it comes, the client pads by its old scheme."}
	case protocol.PSH:
		if s.dir == protocol.ClientToServer {
			return []string{"the first of a stream has its target: servers dial, and send SYNACK, only after it."}
		}
	case protocol.FIN:
		return []string{"until it comes, the receiver keeps the stream open; a Go client may have put the session back into its pool, so that the next stream's SYN overtakes it."}
	case protocol.HeartRequest, protocol.HeartResponse:
		return []string{"it counts as round-trip: anytls-rs clients since 0.4.1 end a session after 60 s without an answer, anytls after 90 s (0.3) or 10 s with nothing at all (0.5)."}
	}
	return nil
}

// limit adds to a text about the 3 s of Go clients on which side of them a wait is.
func limit(wait time.Duration, text string) string {
	if wait >= synackLimit {
		return text + " " + wait.String() + " is past that."
	}
	return text + " " + wait.String() + " leaves " + (synackLimit - wait).String() + " for the path and the server."
}

// stalls says what becomes of a peer that is not read.
func (a *action) stalls() []string {
	if a.wait >= 5*time.Second {
		return []string{"its sender's writes block once its buffers are full; Go peers end the session 5 s after a control frame (SYN, FIN, an answer to a heartbeat) that they can't write."}
	}
	return []string{"its sender's writes block once its buffers are full; Go peers end the session after 5 s of that with a control frame that they can't write, and frames in a row that match add up."}
}

// drops says what becomes of a session in which a frame is missing.
func drops(s subject) []string {
	if s.preamble {
		return []string{"the server takes what follows for the preamble: a wrong password. It closes, hands on to its fallback, or (a sing-anytls server) says nothing."}
	}
	switch s.command {
	case protocol.Waste:
		return []string{"nobody misses it; what is seen of the records' sizes is no longer what the padding scheme says."}
	case protocol.SYN:
		return []string{"the server does not know the stream, and discards its data without a word; Go clients close the whole session 3 s later, from stream 2 on."}
	case protocol.PSH:
		return []string{"bytes are missing in the stream, and nobody notices below the stream's own protocol; where it is a stream's first, the server takes what follows for the target."}
	case protocol.FIN:
		return []string{"the receiver keeps the stream open, and what it belongs to; Go clients use the session again all the same."}
	case protocol.Settings:
		return []string{"Go servers and anytls refuse the first SYN (Alert, close); anytls-rs servers take it, and act as version 1."}
	case protocol.Alert:
		return []string{"the client does not learn why the server closes."}
	case protocol.UpdatePaddingScheme:
		return []string{"the client keeps its old scheme, and is told again in its next session."}
	case protocol.SYNACK:
		return []string{
			"Go clients close the whole session, with all its streams, 3 s after the SYN of a stream from 2 on; any other SYNACK stops that.",
			"anytls-rs clients give up the stream after 30 s.",
			anytlsWaits,
		}
	case protocol.ServerSettings:
		return []string{"the client acts as with a version 1 server: Go clients start no timer for SYNACKs."}
	case protocol.HeartRequest, protocol.HeartResponse:
		return []string{"its asker gets no answer: anytls-rs clients since 0.4.1 end the session after 60 s, anytls after 90 s (0.3) or 10 s with nothing at all (0.5)."}
	}
	return nil
}

// copies says what becomes of a frame that comes twice.
func copies(s subject) []string {
	if s.preamble {
		return []string{"the server reads the copy as frames: it loses the framing at once."}
	}
	switch s.command {
	case protocol.SYN:
		return []string{"Go servers and anytls 0.5 ignore it, anytls-rs servers begin the stream anew, anytls 0.3 closes the session."}
	case protocol.PSH:
		return []string{"the bytes stand in the stream twice; where it is a stream's first, the target of the second goes to the target as data."}
	case protocol.Settings:
		return []string{"servers answer again; anytls 0.3 sends an Alert and closes."}
	case protocol.SYNACK:
		return []string{"Go clients and anytls 0.5 ignore it, anytls-rs clients warn, anytls 0.3 ends the session."}
	case protocol.FIN, protocol.HeartResponse:
		return []string{"all known peers ignore it."}
	case protocol.HeartRequest:
		return []string{"the answer to the copy is the relay's, and kept; anytls 0.5 ends a session at about 64 requests at once."}
	}
	return nil
}
