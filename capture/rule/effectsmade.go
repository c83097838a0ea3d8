package rule

import (
	"anytls-inspect/protocol"
)

// made says what the known implementations make of a frame that the action sends, whatever it
// is applied to.
func (a *action) made() []string {
	h, ok := protocol.ParseHeader(a.wire)
	whole := ok && int(h.Length) == len(a.wire)-protocol.HeaderLen
	switch {
	case a.do == Cut && a.aimed && a.toward == protocol.Server:
		return []string{"Streams in the session end; the client is not told, and what it still asks of the session fails."}
	case a.do == Cut:
		return []string{"Streams in the session end; clients dial anew at the next request."}
	case a.do == Replace && a.part == command:
		text := overloaded(a.command, true)
		for i := range text {
			text[i] = "Where the frame has data: " + text[i]
		}
		return append(text, unasked(protocol.Header{Command: a.command, Stream: 1})...)
	case a.do != Insert && (a.do != Replace || a.part != wholeWire), a.do == Replace && isPreamble(a.wire):
		return nil
	case !whole:
		return []string{"What is sent is not one frame: a receiver that can't read it as frames loses the framing, and Go peers never say so."}
	}
	text := overloaded(h.Command, len(a.wire) > protocol.HeaderLen)
	return append(text, unasked(h)...)
}

// isPreamble tells whether bytes are a whole preamble.
func isPreamble(wire []byte) bool {
	p, ok := protocol.ParsePreamble(wire)
	return ok && len(wire) == protocol.PreambleLen+int(p.Padding)
}

// overloaded says what peers make of a command that has data, and can have none.
func overloaded(c protocol.Command, data bool) []string {
	switch {
	case !data || c.Known() && c.Spec().Data:
		return nil
	case !c.Known():
		return []string{"Go peers do not consume the data of a command that they do not know: they read it as the next frame's header, and lose the framing."}
	}
	text := "Go peers do not consume the data of " + c.String() + ": they read it as the next frame's header, and lose the framing."
	if c == protocol.HeartRequest || c == protocol.SYN {
		text += " anytls ends the session."
	}
	return []string{text}
}

// unasked says what peers make of a frame that nobody else has sent.
func unasked(h protocol.Header) []string {
	if !h.Command.Known() {
		return []string{"Peers skip a command that they do not know; anytls 0.5 and shoes end the session."}
	}
	var text []string
	switch h.Command {
	case protocol.Waste:
		if h.Stream != 0 {
			text = append(text, wasteOfStream)
		}
	case protocol.SYN:
		text = append(text, "A server opens the stream, of which the client knows nothing, and answers once a target came; a Go client answers SYN with FIN.")
	case protocol.PSH:
		text = append(text, "Its data stands in the stream among the peer's own; where the receiver does not know the stream, all known peers discard it.")
	case protocol.FIN:
		text = append(text, "The receiver ends the stream, and the other peer knows nothing of it; Go peers end it both ways.")
	case protocol.Settings:
		text = append(text, "Servers answer Settings again; anytls 0.3 sends an Alert and closes.")
	case protocol.Alert:
		text = append(text, "With a text Go peers close the session, without one they ignore it; anytls-rs goes mute and leaves TCP open.")
	case protocol.UpdatePaddingScheme:
		text = append(text, "Go clients pad by it from the next write on, anytls-go in all its sessions; where it is malformed they warn and keep the old one. anytls-rs clients never apply it.")
	case protocol.SYNACK:
		text = append(text, "Any SYNACK stops the 3 s timer of a Go client, whatever its stream; with a text it fails the stream. A Go server ends the stream of a SYNACK with a text.")
	case protocol.HeartRequest:
		if h.Stream != 0 {
			text = append(text, "anytls ends the session at a HeartRequest with a stream id; Go peers and anytls-rs echo it, xflash's server answers without.")
		}
		text = append(text, "The answer is the relay's, and kept. A Go peer that can't write its answer ends the session 5 s later.")
	case protocol.HeartResponse:
		text = append(text, "All known peers ignore an answer that they did not ask for; anytls-rs clients since 0.4.1 take it as a sign of life.")
	case protocol.ServerSettings:
		text = append(text, "A client takes the version that it says; servers ignore it.")
	}
	return text
}

// wasteOfStream says what peers make of a Waste that has a stream id.
const wasteOfStream = "anytls 0.5 ends the session at a Waste with a stream id."

// before says what becomes of what stands next to something that is inserted.
func (a *action) before(s subject) []string {
	if s.preamble && !a.behind && (!a.aimed || a.toward == protocol.Server) {
		return []string{"the server takes what is inserted in front of it for the preamble: a wrong password."}
	}
	return nil
}

// replaces says what becomes of a frame that is changed.
func (a *action) replaces(s subject) []string {
	switch a.part {
	case wholeWire, command:
		if s.preamble {
			return []string{"the server takes for the preamble what goes in its place, and with another password than its own that is a wrong one."}
		}
		return drops(s)
	case streamID:
		if s.command.Known() && s.command.Spec().Scope == protocol.SessionScope {
			if s.command == protocol.HeartRequest && a.stream != 0 {
				return []string{"anytls ends the session at a HeartRequest with a stream id; Go peers and anytls-rs echo it."}
			}
			if s.command == protocol.Waste && a.stream != 0 {
				return []string{wasteOfStream}
			}
			return []string{"it has no stream: of no peer is it known that it looks at the id."}
		}
		return append([]string{"its own stream misses it."}, drops(s)...)
	}
	if s.preamble {
		return []string{"no server looks at padding0; Go servers refuse more than 16350 bytes of it, caddy's more than 4062, shoes more than 32768, xflash's more than 1024."}
	}
	switch s.command {
	case protocol.Settings:
		return []string{"servers act by its version: as version 1 they send no ServerSettings and no SYNACK, and anytls 0.3 sends an Alert and closes; with another padding-md5, or without one, most send UpdatePaddingScheme."}
	case protocol.ServerSettings:
		return []string{"clients act by the version that it says: as version 1 Go clients start no timer for SYNACKs, and anytls-rs clients wait for them all the same."}
	case protocol.SYNACK:
		return []string{"a text says why the stream failed: clients end it, and anytls 0.5 ends the session."}
	case protocol.PSH:
		return []string{"the stream's bytes are others; in a stream's first PSH that begins with the target."}
	case protocol.Alert:
		return []string{"with a text Go peers close the session, without one they ignore it; anytls-rs goes mute and leaves TCP open."}
	case protocol.UpdatePaddingScheme:
		return []string{"Go clients pad by it from the next write on; where it is malformed they warn and keep the old one."}
	}
	return overloaded(s.command, len(a.wire) > 0)
}

// corrupts says what becomes of a frame with a wrong bit.
func (a *action) corrupts(s subject) []string {
	switch {
	case s.preamble && a.part == onlyHead:
		return []string{"the password is wrong, or padding0 ends elsewhere: the server closes, hands on to its fallback, or says nothing."}
	case s.preamble:
		return []string{"no server looks at padding0."}
	case a.part == onlyHead:
		return []string{"the command, the stream id or the length is another; where it is the length, the receiver loses the framing, and no known peer says so."}
	}
	switch s.command {
	case protocol.PSH:
		return []string{"the stream's bytes are wrong: TLS inside it fails, a plain text does not; in a stream's first the target may be another."}
	case protocol.Settings, protocol.ServerSettings:
		return []string{"the version may be another, or none: peers act as version 1 then."}
	case protocol.UpdatePaddingScheme:
		return []string{"clients keep their old scheme where they can't read it."}
	case protocol.SYN, protocol.FIN, protocol.HeartRequest, protocol.HeartResponse:
		if a.part == anyPart {
			return []string{"it has no data: a bit of its header changes, and where that is the length the receiver loses the framing."}
		}
		return []string{"it has no data, and goes as it came."}
	case protocol.SYNACK, unknownCommand:
		if a.part == anyPart {
			return []string{"where it has no data a bit of its header changes, and where that is the length the receiver loses the framing."}
		}
		return []string{"where it has no data it goes as it came."}
	}
	return nil
}

// cuts says what becomes of a frame whose bytes are cut into other records.
func (a *action) cuts(s subject) []string {
	switch {
	case s.preamble && a.do == Split:
		return []string{"Go servers read it with one read: cut over two records it is a wrong password. Rust servers and ngx_anytls take it."}
	case s.preamble:
		return []string{"it goes in one record: Go servers need that, and take up to 16350 bytes of padding0 so. anytls-rs and anytls 0.5 clients send it in three."}
	case s.dir == protocol.ClientToServer:
		return []string{"no known server minds; padding is not judged in the session from there on."}
	default:
		return []string{"no known client minds."}
	}
}
