package export

import (
	"fmt"
	"strings"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// describe says in one line what a notice tells, and which of several routes it is about.
// partly says which directions of its session were seen in part.
func describe(e *journal.Entry, partly protocol.ByDirection[bool]) string {
	switch x := e.Notice.(type) {
	case journal.Listen:
		s := x.Address
		if x.Server != "" {
			s += " → " + x.Server
		}
		return s + byRoute(e)
	case journal.SessionOpen:
		return opening(&x) + byRoute(e)
	case journal.Probe:
		return x.Client + " connected and ended without a byte" + byRoute(e)
	case journal.SessionClose:
		return closing(&x, e.At)
	case journal.Gap:
		return x.Words()
	case journal.Unseen:
		return x.Words()
	case journal.Order:
		return x.Words()
	case session.Auth:
		s := fmt.Sprintf("password %s, fingerprint %s, padding0 %d bytes", x.Password, x.Fingerprint, x.Padding)
		if x.User != "" {
			s += ", user " + x.User
		}
		return s
	case session.StreamOpen:
		if x.UDP {
			return fmt.Sprintf("stream %-5d %s udp", x.Stream, x.Target)
		}
		return fmt.Sprintf("stream %-5d %s", x.Stream, x.Target)
	case session.StreamClose:
		s := fmt.Sprintf("stream %-5d by %s, up %s, down %s bytes", x.Stream, x.By,
			carried(x.Up, partly[protocol.ClientToServer]), carried(x.Down, partly[protocol.ServerToClient]))
		if x.HasACK {
			s += fmt.Sprintf(", SYNACK after %.3f ms", session.Millis(x.SYNACK).Float())
		}
		if x.Error != "" {
			s += ", error: " + x.Error
		}
		return s
	case session.HeartbeatResult:
		return result(&x)
	case session.HeartbeatWaiting:
		return waiting(&x, e.At)
	case session.Blocked:
		return blocked(&x, e.At)
	case session.Application:
		return applied(&x)
	default:
		return ""
	}
}

// byRoute says which of several routes something is about. The lines of frames and of
// other notices don't: they have the number of a session that said it when it opened.
func byRoute(e *journal.Entry) string {
	if e.Route == "" {
		return ""
	}
	return "  route " + e.Route
}

func opening(x *journal.SessionOpen) string {
	s := x.Client + " → " + x.Server
	if x.Leg != capture.NoLeg {
		s += "  " + x.Leg.String() + " leg"
	}
	if x.TLS != nil {
		s += "  " + handshake(x.TLS)
	}
	if x.ServerTLS != nil {
		s += "  server leg " + handshake(x.ServerTLS)
	}
	return s
}

func handshake(t *capture.TLS) string {
	return fmt.Sprintf("%s %s sni=%q alpn=%q", t.Version, t.Cipher, t.SNI, t.ALPN)
}

func closing(x *journal.SessionClose, at time.Time) string {
	streams := carried(x.Streams, x.Evidence.PartlySeen(protocol.ClientToServer)) + " streams"
	if x.Untracked > 0 {
		streams += fmt.Sprintf(" (%d not followed)", x.Untracked)
	}
	s := fmt.Sprintf("by %s, %s, %d frames, up %s, down %s bytes", x.By, streams, x.Frames,
		carried(x.Up, x.Evidence.PartlySeen(protocol.ClientToServer)), carried(x.Down, x.Evidence.PartlySeen(protocol.ServerToClient)))
	if len(x.Owed) > 0 {
		s += ", " + owing(x.Owed, at)
	}
	if lacks := x.Evidence.Brief(); len(lacks) > 0 {
		s += ", not all was seen (" + strings.Join(lacks, "; ") + ")"
	}
	for _, doubt := range journal.OrderWords(x.Evidence.Within, x.Evidence.Uncertain, "") {
		s += ", " + doubt
	}
	s += lookingLike(x)
	if x.Reason != "" {
		s += ": " + x.Reason
	}
	return s
}

// maxOwing is how many debts a line names.
const maxOwing = 4

// owing says what was owed at a time, and for how long.
func owing(owed []session.Obligation, at time.Time) string {
	var parts []string
	for _, o := range owed[:min(len(owed), maxOwing)] {
		what := o.What.String()
		if o.Count > 1 {
			what = fmt.Sprintf("%d × %s", o.Count, what)
		}
		if o.Stream != 0 && o.What != session.OwesReading { // bytes of all streams wait
			what += fmt.Sprintf(" of stream %d", o.Stream)
		}
		part := fmt.Sprintf("%s by the %s for %s", what, o.By, span(at.Sub(o.Since)))
		switch {
		case o.Lost:
			part += fmt.Sprintf(" (rule %d dropped it)", o.Rule)
		case o.Rule != 0:
			part += fmt.Sprintf(" (rule %d held it)", o.Rule)
		}
		parts = append(parts, part)
	}
	if more := len(owed) - len(parts); more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return "owed: " + strings.Join(parts, ", ")
}

func result(x *session.HeartbeatResult) string {
	s := fmt.Sprintf("toward %s (%s) ", x.Toward, x.Origin.Name(x.Toward))
	switch {
	case x.Lost && x.Rule != 0:
		return s + fmt.Sprintf("lost: rule %d dropped the answer", x.Rule)
	case x.Lost:
		return s + "lost"
	case x.Unsupported:
		return s + "not answered: nothing showed version 2, and version 1 need not"
	case x.Late:
		return s + fmt.Sprintf("answered late, after %.3f ms", session.Millis(x.RTT).Float())
	default:
		return s + fmt.Sprintf("%.3f ms", session.Millis(x.RTT).Float())
	}
}

func waiting(x *session.HeartbeatWaiting, at time.Time) string {
	s := fmt.Sprintf("toward %s (%s) ", x.Toward, session.OriginRelay.Name(x.Toward))
	if x.Ended {
		return s + "wait no more, after " + span(at.Sub(x.Since))
	}
	return s + "have waited for " + span(at.Sub(x.Since)) + ": " + x.Why
}

func blocked(x *session.Blocked, at time.Time) string {
	s := "toward " + x.Dir.Receiver().String() + ": "
	if x.Ended {
		return s + "moves again after " + span(at.Sub(x.Since))
	}
	s += size(x.Bytes) + " have not moved for " + span(at.Sub(x.Since))
	if x.Text != "" {
		s += ", " + x.Text
	}
	return s
}

// span returns a duration as people say it: to a tenth of a second, in milliseconds where it
// is short, and to the second where it is long.
func span(d time.Duration) string {
	if d > 0 && d < 100*time.Millisecond {
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
	if d < 100*time.Second {
		return fmt.Sprintf("%.1f s", max(d, 0).Seconds())
	}
	return d.Round(time.Second).String()
}

// size returns a number of bytes in the unit that reads best; units are powers of 1000.
func size(n uint64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	const units = "kMGTPE"
	v, unit := float64(n)/1000, 0
	for v >= 999.95 && unit < len(units)-1 {
		v, unit = v/1000, unit+1
	}
	return fmt.Sprintf("%.1f %cB", v, units[unit])
}
