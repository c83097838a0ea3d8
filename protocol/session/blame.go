package session

import (
	"fmt"
	"strings"
	"time"

	"anytls-inspect/protocol"
)

// A reach says what a rule must have touched to be why there is a diagnostic.
type reach uint8

const (
	byNothing   reach = iota // nothing that a rule does makes it
	byFrame                  // the stream that it is about, or where it is about none, session frames
	byHeartbeat              // heartbeats
	byAuth                   // the preamble
	byGreeting               // the preamble, Settings, what a scheme is about, an Alert
	bySession                // what is about no stream and was touched since something waits, or waits itself
	byAnything               // whatever was touched just before, or waits
)

// reachOf returns what a code's diagnostics follow from. What compares sessions with one another is
// not of one rule's making: what ends each of them is.
func reachOf(c Code) reach {
	switch c {
	case CodeResynchronised, CodeTLSFailed, CodeIdlePoolOrder, CodeSessionNotReused, CodeSessionChurn, CodePeerNotReading, CodeReceiverLost:
		return byNothing
	case CodeHeartbeatUnanswered, CodeHeartbeatSlow, CodeHeartbeatStalled, CodeHeartbeatUnsolicited, CodeHeartbeatWrongStream, CodeHeartbeatStreamID:
		return byHeartbeat
	case CodeAuthSplit, CodePasswordMismatch:
		return byAuth
	case CodeAuthPaddingMismatch, CodeNotAnyTLS, CodeSettingsMissing, CodeSettingsMalformed, CodeSYNBeforeSettings, CodeVersionMismatch, CodePaddingViolation,
		CodePaddingIgnored, CodePaddingMalformed, CodePaddingEarly, CodePaddingOversize, CodePaddingNewline,
		CodeAlert, CodeAlertNotClosed, CodeRejected:
		return byGreeting
	case CodeSessionSilent, CodeServerSilent, CodePathDead, CodeControlWriteDeadline:
		return bySession
	case CodeDesynchronised, CodeSessionKeptOpen, CodeClosedAsOpened, CodeAnsweredWithNext, CodeClosedBy:
		return byAnything
	default:
		return byFrame
	}
}

// has tells whether what a key names is within the reach of a diagnostic.
func (r reach) has(k touchKey, l *touch, d *Diagnostic) bool {
	answers := k.dir == d.Dir.Reverse() // where d is about requests
	if k.aspect >= wholeWay {
		return r != byNothing && (r != byHeartbeat || answers || l.lost || l.Action == actionCut)
	}
	switch r {
	case byFrame:
		return k.stream == d.Stream && k.aspect != heartbeat
	case byHeartbeat:
		behind := k.stream == 0 && answers && l.holds() // what an answer would stand behind
		return k.aspect == heartbeat || behind || d.Stream != 0 && k.stream == d.Stream
	case byAuth:
		return k.aspect == authorises
	case byGreeting:
		return k.aspect == authorises || k.aspect == greets || k.aspect == pads || d.Stream != 0 && k.stream == d.Stream
	case bySession:
		return k.aspect >= heartbeat
	case byAnything:
		return true
	default:
		return false
	}
}

// blame names the rule in a diagnostic that may be why there is one. Where several may, it is
// one that holds something still, or else the one that was applied last.
func (t *Tracker) blame(d *Diagnostic) {
	if t.making != 0 && d.Code != CodeReceiverLost {
		d.Rule = t.making
		d.Text = withRule(d.Text, fmt.Sprintf("rule %d made that frame", t.making))
		return
	}
	if t.touched == nil || d.Rule != 0 {
		return
	}
	r := reachOf(d.Code)
	var (
		of    touchKey
		cause *touch
	)
	for k, l := range t.touched.by {
		if r.has(k, l, d) && t.recent(r, k, l, d) && (!d.Code.ofContent() || l.changes()) && (cause == nil || l.outranks(cause, d.Code.ofSYNACK() && k.aspect == opensStream, d.Code.ofSYNACK() && of.aspect == opensStream)) {
			of, cause = k, l
		}
	}
	if cause == nil {
		return
	}
	d.Rule = cause.Rule
	d.Text = withRule(d.Text, cause.did(t.now, of, d.Stream == of.stream))
}

// ofContent tells whether a code is about what frames say, and not when they come or how they are
// cut.
func (c Code) ofContent() bool {
	switch c {
	case CodePasswordMismatch, CodeAuthPaddingMismatch, CodeSettingsMissing, CodeSettingsMalformed, CodeVersionMismatch, CodeWrongSide,
		CodeUnknownCommand, CodeDataNotAllowed, CodeTargetMalformed, CodeUoTAddressType, CodeSYNACKError, CodePaddingMalformed,
		CodePaddingOversize, CodePaddingNewline:
		return true
	default:
		return false
	}
}

// changes tells whether what a rule did changes what the receiver is told.
func (l *touch) changes() bool {
	switch l.Action {
	case actionDrop, actionMake, "replace", "corrupt", "insert":
		return true
	default:
		return l.lost
	}
}

// longestPatience is how long the most patient of the known clients waits for the answer to a
// HeartRequest of its own before it ends the session.
const longestPatience = 90 * time.Second

// recent tells whether a touch is not too old to be why there is a diagnostic. What was done to
// the stream that it is about, or to the preamble, never is, nor is what session frames lack or
// say since. But a heartbeat has nothing to do with those before it.
func (t *Tracker) recent(r reach, k touchKey, l *touch, d *Diagnostic) bool {
	switch {
	case l.lost: // by what that receiver does, and not by what is done to it
		return !d.Wait.waits() || d.Wait.For == k.dir.Receiver()
	case l.waits > 0, l.Action == actionCut && k.aspect == wholeWay:
		return true
	case r != byAuth && k.aspect == authorises && t.st.Outcome == OutcomeAccepted:
		return false
	case r < bySession && (k.stream != 0 || k.aspect == authorises || l.changes() && (k.aspect == greets || k.aspect == pads)):
		return true
	case r == byAnything && l.Action == actionDrop && k.aspect == heartbeat:
		return t.now.Sub(l.at) <= longestPatience
	case l.Action == actionDrop && (k.aspect == authorises || k.aspect == greets): // it lacks for good
		return true
	case d.Wait.waits():
		return !l.at.Before(d.Wait.Since)
	default:
		return t.now.Sub(l.at) <= settleTime
	}
}

// outranks tells whether a touch is likelier than another one to be why there is a diagnostic.
// apt and others say that the one and the other are of the very frames that it is about.
func (l *touch) outranks(o *touch, apt, others bool) bool {
	switch {
	case (l.waits > 0) != (o.waits > 0):
		return l.waits > 0
	case apt != others:
		return apt
	default:
		return l.nth > o.nth
	}
}

// ofSYNACK tells whether a code is about SYNACKs.
func (c Code) ofSYNACK() bool {
	return c == CodeSYNACKLate || c == CodeSYNACKMissing || c == CodeSYNACKDuplicate || c == CodeSYNACKError
}

// withRule appends what a rule did to the text of a diagnostic, before the likely causes.
func withRule(text, did string) string {
	what, causes, found := strings.Cut(text, Likely)
	what += byRule + did
	if found {
		what += Likely + causes
	}
	return what
}

// byRule stands before what a rule did.
const byRule = "; "

// bareText returns a diagnostic's text without what a rule did.
func (d *Diagnostic) bareText() string {
	if d.Rule == 0 {
		return d.Text
	}
	text, _, _ := strings.Cut(d.Text, fmt.Sprintf("%srule %d ", byRule, d.Rule))
	return text
}

// holds tells whether a rule holds an answer that a peer owes: that it is late is not the peer's
// doing.
func (t *Tracker) holds(what Debt, by protocol.Peer, stream uint32) bool {
	return t.touched != nil && t.heldBy(&Obligation{What: what, By: by, Stream: stream, Count: 1}) != 0
}

// heldBy returns the rule that holds the answer that a peer owes, or what that would stand behind:
// nobody tells of frames that wait for no rule of their own. It is 0 where none does.
func (t *Tracker) heldBy(o *Obligation) uint16 {
	key := touchKey{dir: o.By.Toward().Reverse()}
	for key.aspect = wholeWay; key.aspect <= reading; key.aspect++ {
		if l := t.touched.by[key]; l != nil && l.waits > 0 {
			return l.Rule
		}
	}
	if o.What == OwesSYNACK {
		if o.Stream == 0 { // they are of many
			return 0
		}
		key.stream = o.Stream
	}
	for key.aspect = opensStream; key.aspect < wholeWay; key.aspect++ {
		if l := t.touched.by[key]; l != nil && l.waits > 0 {
			return l.Rule
		}
	}
	return 0
}

// holdsUp tells whether a rule holds anything that the sender of a direction sent: what else it
// sent since may stand behind that, and nobody tells of it. So it is not known to be silent.
func (t *Tracker) holdsUp(dir protocol.Direction) bool {
	if t.touched == nil {
		return false
	}
	for k, l := range t.touched.by {
		if k.dir == dir && l.waits > 0 {
			return true
		}
	}
	return false
}
