package session

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"anytls-inspect/protocol"
)

// MaxBeginning is how much of a direction is worth keeping, in bytes, while it may turn out
// to be another protocol: the head of most answers of web servers.
const MaxBeginning = 512

// A beginning is a direction's first bytes, kept until it is clear whether they are AnyTLS,
// and to be told of where they are not. The bytes of a preamble are a credential: they are
// forgotten with it, and never shown.
type beginning struct {
	buf  []byte
	over bool // nothing more is kept: a frame was seen, or what was kept is told
}

// An untold is a side that does not speak AnyTLS, while more of what it sends may show what
// it speaks.
type untold struct {
	waits bool
	dir   protocol.Direction
	at    time.Time
}

// keepBeginning keeps bytes of a direction's beginning.
func (s *side) keepBeginning(b []byte) {
	s.beginning.buf = append(s.beginning.buf, b[:min(len(b), MaxBeginning-len(s.beginning.buf))]...)
}

// forgetBeginning forgets what was kept, once the direction is AnyTLS, or lost.
func (s *side) forgetBeginning() {
	switch f := &s.framing; f.State() {
	case NotAnyTLS, AwaitingPreamble:
		return
	case Framed:
		if !f.begun && s.dir == protocol.ServerToClient {
			return
		}
	}
	s.endBeginning()
}

// endBeginning forgets what was kept, and keeps no more.
func (s *side) endBeginning() {
	clear(s.beginning.buf)
	s.beginning = beginning{over: true}
}

// otherProtocol takes note that a side does not speak AnyTLS. It is told at once, or when
// enough has come to show what it speaks, or no more comes at that moment.
func (t *Tracker) otherProtocol(dir protocol.Direction) {
	if s := &t.side[dir]; dir == protocol.ClientToServer && !t.opening.authAt.IsZero() {
		s.endBeginning() // it is a preamble, and what follows it is none of the protocols that are told
	}
	t.untold = untold{waits: true, dir: dir, at: t.now}
	t.tellOther(false)
}

// tellOther diagnoses a side that does not speak AnyTLS, if what it sent shows enough, or
// now says not to wait for more.
func (t *Tracker) tellOther(now bool) {
	u := &t.untold
	if !u.waits {
		return
	}
	s := &t.side[u.dir]
	if !now && !s.beginning.over && !ShowsOther(s.beginning.buf) {
		return
	}
	u.waits = false
	text, verb := "the "+u.dir.Sender().String()+" does not speak AnyTLS", ": it sent "
	if u.dir == protocol.ServerToClient {
		verb = ": it answered with "
	}
	if what := OtherProtocol(u.dir, s.beginning.buf); what != "" {
		text += verb + what
	}
	t.diagnose(CodeNotAnyTLS, 0, u.dir, text)
	if u.dir == protocol.ServerToClient {
		t.decide(Error, "the server answers as another service")
	}
}

// ShowsOther tells whether the first bytes of a side, which does not speak AnyTLS, show all
// that [OtherProtocol] says, so that it is no use to wait for more.
func ShowsOther(b []byte) bool {
	line, _, whole := bytes.Cut(b, []byte("\n"))
	switch {
	case len(b) >= MaxBeginning:
		return true
	case bytes.HasPrefix(b, []byte("HTTP/")):
		return bytes.Contains(b, []byte("\n\r\n")) || bytes.Contains(b, []byte("\n\n"))
	default:
		return whole || !isLine(line)
	}
}

// OtherProtocol names the protocol that a side speaks instead of AnyTLS by its first bytes,
// with the first line of what it sent. It is printable, and empty where nothing can be said.
func OtherProtocol(dir protocol.Direction, b []byte) string {
	h, ok := protocol.ParseHeader(b)
	switch {
	case dir == protocol.ClientToServer && bytes.HasPrefix(b, []byte(protocol.ProxySignature)):
		return proxyHeader("2")
	case dir == protocol.ClientToServer && bytes.HasPrefix(b, []byte("PROXY ")):
		return proxyHeader("1")
	case bytes.HasPrefix(b, []byte("PRI * HTTP/2.0")),
		dir == protocol.ServerToClient && ok && protocol.IsHTTP2Settings(h):
		return "HTTP/2"
	case protocol.IsTLSRecord(b):
		return "another TLS connection, inside of this one"
	}
	line, rest, _ := bytes.Cut(b, []byte("\n"))
	readable := isLine(line)
	line = bytes.TrimRight(line, "\r")
	text := quoted(line)
	switch {
	case bytes.HasPrefix(line, []byte("HTTP/")): // what follows may be in any encoding
		return text + serverHeader(rest)
	case len(line) == 0 || !readable:
		return ""
	case bytes.HasPrefix(line, []byte("SSH-")):
		return "SSH, " + text
	case bytes.HasSuffix(line, []byte(" HTTP/1.1")), bytes.HasSuffix(line, []byte(" HTTP/1.0")):
		return "an HTTP request, " + quoted(withoutSecrets(line))
	case dir == protocol.ClientToServer && isTrojan(line):
		return "a request of Trojan, whose credential is not shown"
	case dir == protocol.ClientToServer && !bytes.Contains(line, []byte(" ")):
		return "a word of text, which may be a secret and is not shown"
	default:
		return text
	}
}

// withoutSecrets returns a request line without what may be a secret: the query of its
// target, and a user's name and password in that.
func withoutSecrets(line []byte) []byte {
	line, _, _ = bytes.Cut(line, []byte("?"))
	at := bytes.LastIndexByte(line, '@')
	if at < 0 {
		return line
	}
	method, _, _ := bytes.Cut(line, []byte(" "))
	return slices.Concat(method, []byte(" …"), line[at:])
}

// isTrojan tells whether a line is what a client of Trojan begins with: the hash of its
// password, by which the server knows it.
func isTrojan(line []byte) bool {
	const digits = 2 * 28 // of SHA-224
	_, err := hex.DecodeString(string(line))
	return len(line) == digits && err == nil
}

func proxyHeader(version string) string {
	return "a PROXY protocol header (version " + version + "): a proxy on the way from the client sends it, and must not (proxy_protocol, send-proxy)"
}

// serverHeader says what the head of an HTTP answer says of the program that made it.
func serverHeader(head []byte) string {
	for line := range bytes.Lines(head) {
		whole := bytes.HasSuffix(line, []byte("\n"))
		line = bytes.TrimSpace(line)
		if len(line) == 0 || !whole {
			break
		}
		name, value, _ := strings.Cut(string(line), ":")
		if strings.EqualFold(name, "Server") {
			return ", Server: " + shortened(strings.TrimSpace(value))
		}
	}
	return ""
}

// isLine tells whether a line is text to be shown. Its last character may be cut.
func isLine(b []byte) bool {
	for len(b) > 0 && utf8.FullRune(b) {
		r, size := utf8.DecodeRune(b)
		if !protocol.IsPrint(r) && r != '\t' && r != '\r' || r == utf8.RuneError && size == 1 {
			return false
		}
		b = b[size:]
	}
	return true
}

// quoted returns a line as it is shown.
func quoted(line []byte) string { return `"` + shortened(string(line)) + `"` }

// shortened returns a text that is short enough to be a part of a sentence, printable.
func shortened(text string) string {
	const most = 120
	if len(text) > most {
		cut := most
		for cut > most-utf8.UTFMax && !utf8.RuneStart(text[cut]) {
			cut--
		}
		return protocol.Printable(text[:cut]) + "…"
	}
	return protocol.Printable(text)
}
