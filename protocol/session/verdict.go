package session

import (
	"strings"
	"time"

	"anytls-inspect/protocol"
)

// A verdict is what is odd about the client's preamble, while it is not known what the
// server makes of it: its first frame, its end, or its silence decides that.
type verdict struct {
	password bool   // it is not one of those given
	split    string // how the preamble came in several records; empty: it did not
}

// waits tells whether there is something to be decided.
func (v *verdict) waits() bool { return v.password || v.split != "" }

// decide tells what is odd about the preamble. why says in words what the server makes of
// it, and severity how bad that is.
func (t *Tracker) decide(severity Severity, why string) {
	v := t.verdict
	t.verdict = verdict{}
	if v.waits() && severity > Note {
		t.judged = judgement{v, severity}
	}
	if v.password {
		given := "is not the one given"
		if len(t.cfg.Credentials) > 1 {
			given = "is none of those given"
		}
		t.diagnoseAs(severity, CodePasswordMismatch, 0, protocol.ClientToServer, "the client's password "+given+"; "+why)
	}
	if v.split != "" {
		t.diagnoseAs(severity, CodeAuthSplit, 0, protocol.ClientToServer, v.split+"; "+why)
	}
}

// answered decides by the server's first frame. A server that begins with an Alert refuses
// the session, if not for the preamble.
func (t *Tracker) answered(c protocol.Command) {
	if t.streams.misses[protocol.ServerToClient] > 0 && c == protocol.Alert {
		t.decide(Warning, "the server sends an Alert, and what it sent before was not seen")
	} else if c == protocol.Alert {
		t.decide(Error, "the server answers with an Alert")
	} else {
		t.decide(Note, "the server accepts it")
	}
}

// verdictDue returns when the server's silence decides. One that was asked for nothing may
// be silent.
func (t *Tracker) verdictDue() time.Time {
	asked := t.st.ClientVersion >= 2 || t.st.Streams > 0
	if !t.verdict.waits() || !asked || t.excused(protocol.Server) || t.someGone() || !t.whole(protocol.ServerToClient) || t.st.Evidence.Uncertain {
		return time.Time{}
	}
	since := later(t.opening.authAt, t.settingsAt)
	return later(later(since, t.st.LastAt[protocol.ServerToClient]), t.freeAt()).Add(silenceTime + t.st.Evidence.Within)
}

// decideAtEnd decides at the session's end, or at the server's.
func (t *Tracker) decideAtEnd(byServer bool) {
	if byServer && !t.wentBeforeAuth() && t.sawServer() && !t.gone(protocol.Client) && t.diagnostics[CodeTLSFailed] == 0 {
		if t.verdict.waits() {
			t.comesTo(OutcomeRejected) // of a preamble that was not complete it is not diagnosed
		}
		t.decide(Error, "the server ended the session without a frame")
	} else {
		t.decide(Warning, "the session ended before it was known what the server makes of it")
	}
}

// WrongPassword is what a server that rejects a session most likely says by that. An end of
// our own says the same.
const WrongPassword = "a wrong password is likeliest"

// wentBeforeAuth tells whether the server had ended its TCP stream when the preamble came,
// which it has not seen.
func (t *Tracker) wentBeforeAuth() bool {
	return t.gone(protocol.Server) && t.st.Gone[protocol.Server].Before(t.opening.authAt.Add(-t.st.Evidence.Within))
}

// rejected diagnoses a server that ends the session after the client's whole preamble
// without one frame. Where bytes are missing, a frame may be among them; and where the
// client has gone first, the server only follows it.
func (t *Tracker) rejected() {
	client, server := &t.side[protocol.ClientToServer], &t.side[protocol.ServerToClient]
	f := &server.framing
	if t.opening.authAt.IsZero() || t.diagnostics[CodeRejected]+t.diagnostics[CodeTLSFailed] > 0 || t.gone(protocol.Client) ||
		t.streams.misses != (protocol.ByDirection[uint32]{}) || client.framing.State().Opaque() || f.State() == Desynchronised || f.begun && f.State() != NotAnyTLS {
		return
	}
	after := t.now.Sub(t.opening.authAt)
	if t.st.ClientVersion == 1 && after >= silenceTime {
		return // a server of version 1 owes nothing, and an idle session may end
	}
	if t.wentBeforeAuth() {
		t.diagnose(CodeRejected, 0, protocol.ServerToClient, "the server ended the session before the client's preamble came, without one frame: no password is to blame; see its log, and what stands before it")
		return
	}
	when := rounded(after)
	if after < time.Millisecond {
		when = "at once"
	}
	var text strings.Builder
	text.WriteString("the server ended the session " + when + " after the client's preamble, without one frame")
	if what := OtherProtocol(protocol.ServerToClient, server.beginning.buf); what != "" {
		text.WriteString("; it sent " + what)
	}
	switch {
	case t.split:
		text.WriteString(": probably it reads once, and wants the preamble in the first record; else the password is wrong")
	case t.st.Auth.Password == PasswordMatches:
		text.WriteString(": the password is the one given, so that the server has another one, or it is not an AnyTLS server")
	case t.st.Auth.Password == PasswordDiffers:
		text.WriteString(": " + WrongPassword + ", and it is none that was given")
	default:
		text.WriteString(": " + WrongPassword)
	}
	t.diagnose(CodeRejected, 0, protocol.ServerToClient, text.String())
}
