package session

import (
	"fmt"
	"strings"
	"time"

	"anytls-inspect/protocol"
)

// silenceTime is how long a peer that owes an answer may send nothing at all. It is longer
// than the times allowed for SYNACK and for heartbeats, whose diagnostics say more.
const silenceTime = 5 * time.Second

// Likely stands in the texts of a server's silence before the likely causes.
const Likely = "; likely, in this order: "

// asks takes note that a peer is owed an answer from now on. Its silence is judged when it
// may have lasted for too long: whoever is heard of puts that off.
func (t *Tracker) asks() { t.wakeBy(t.now.Add(silenceTime)) }

// heardAgain takes note of bytes from a peer whose silence was diagnosed.
func (t *Tracker) heardAgain(s *side) {
	s.silent = false
	t.asks()
}

// silentDue returns when a peer will have been silent for too long; zero where it owes no
// answer, or where its bytes, or the requests, can't come through: that is the other's doing.
func (t *Tracker) silentDue(p protocol.Peer) time.Time {
	dir := p.Toward().Reverse()
	s := &t.side[dir]
	if s.silent || s.dropped || t.excused(p) || t.holdsUp(dir) || !t.alerted.at.IsZero() {
		return time.Time{}
	}
	t.owed = t.appendAnswers(t.owed[:0], p)
	missed := t.owed[:0] // while nothing came
	var oldest time.Time
	for _, o := range t.owed {
		if t.outlived(&o) {
			continue
		}
		missed = append(missed, o)
		if oldest.IsZero() || o.Since.Before(oldest) {
			oldest = o.Since
		}
	}
	if t.owed = missed; len(missed) == 0 {
		return time.Time{}
	}
	return later(later(t.st.LastAt[dir], oldest), t.freeAt()).Add(silenceTime + t.st.Evidence.Within)
}

// excused tells whether bytes that do not move may be why a peer is not heard of. The TCP of
// a server that never sent anything has taken the Settings, where bytes moved behind them:
// that it takes no more now does not excuse it.
func (t *Tracker) excused(p protocol.Peer) bool {
	if !t.someBlocked() {
		return false
	}
	b := &t.st.Blocked[protocol.ClientToServer]
	heard := !t.st.LastAt[protocol.ServerToClient].IsZero()
	return p == protocol.Client || heard || t.blocked(protocol.ServerToClient) || b.Silent || !b.Since.After(t.settingsAt)
}

// outlived tells whether the peer was heard of since an answer was overdue: it is not for
// silence that it is missing. Of HeartResponses it leaves those of which that is not so. Where
// one may have been given in place of another, only those asked for since count.
func (t *Tracker) outlived(o *Obligation) bool {
	dir := o.By.Toward().Reverse()
	heard := t.st.LastAt[dir]
	switch o.What {
	case OwesSYNACK:
		return heard.Sub(o.Since) >= SYNACKTimeout-t.st.Evidence.Within
	case OwesHeartResponse:
		if t.ignoresHeartbeats(o.By) {
			return true
		}
		ledger := &t.side[dir.Reverse()].ledger
		from := heard.Add(t.st.Evidence.Within + 1)
		if !ledger.shifted {
			from = heard.Add(t.st.Evidence.Within - t.cfg.HeartbeatTimeout)
		}
		o.Since, o.Count = ledger.from(from)
		return o.Count == 0
	}
	return false
}

// silent diagnoses a peer that has sent nothing for too long though it owes what t.owed
// says.
func (t *Tracker) silent(p protocol.Peer) {
	dir := p.Toward().Reverse()
	s := &t.side[dir]
	s.silent = true
	wait := t.waitFor(p, t.silentSince(p))
	if p == protocol.Client {
		t.diagnoseWait(CodeSessionSilent, 0, dir, wait, fmt.Sprintf("the client has sent nothing for %s, and owes %s",
			t.quiet(dir), listOwed(t.owed)))
		return
	}
	dials := true // nothing but the targets' answers is missing
	for i := range t.owed {
		dials = dials && t.owed[i].What == OwesSYNACK
	}
	if t.st.LastAt[dir].IsZero() {
		t.diagnoseWait(CodeServerSilent, 0, dir, wait, fmt.Sprintf(
			"the server has sent nothing since the client's Settings, %s ago, and owes %s%s%s",
			rounded(t.now.Sub(t.settingsAt)), listOwed(t.owed), Likely, SilentCauses(t.st.Auth.Password)))
		return
	}
	text := fmt.Sprintf("the server has sent nothing for %s, and owes %s%s", t.quiet(dir), listOwed(t.owed), Likely)
	if stream := t.side[dir.Reverse()].blamed; stream != 0 {
		text += fmt.Sprintf("stream %d holds it up; ", stream)
	}
	text += "the path to it is dead since then; the server stands still"
	if dials {
		t.hand(Diagnostic{
			Code: CodeServerSilent, Severity: Warning, Dir: dir, Wait: wait,
			Text: text + "; the targets do not answer, and it connects to them still",
		})
		return
	}
	t.diagnoseWait(CodeServerSilent, 0, dir, wait, text)
}

// silentSince returns since when a peer owes what t.owed says, and has sent nothing.
func (t *Tracker) silentSince(p protocol.Peer) time.Time {
	since := t.owed[0].Since
	for i := range t.owed {
		if t.owed[i].Since.Before(since) {
			since = t.owed[i].Since
		}
	}
	return later(since, t.st.LastAt[p.Toward().Reverse()])
}

// SilentCauses lists, in their order, the likely causes where a server has sent nothing since
// the client's Settings. An end of our own says the same.
func SilentCauses(password PasswordMatch) string {
	first := "a wrong password"
	if password == PasswordMatches {
		first = "another password than the one given"
	}
	return first + " held open, a fallback that waits, a dead path, not AnyTLS"
}

// quiet returns in words for how long the sender of a direction has sent nothing. One that
// never sent anything has not since the Settings.
func (t *Tracker) quiet(dir protocol.Direction) string {
	since := t.st.LastAt[dir]
	if since.IsZero() {
		since = t.settingsAt
	}
	return rounded(t.now.Sub(since))
}

// listOwed names answers that are owed.
func listOwed(owed []Obligation) string {
	const most = 3 // SYNACKs that are named
	var (
		names   []string
		streams []string
		more    int
	)
	for i := range owed {
		switch o := &owed[i]; {
		case o.What == OwesSYNACK && o.Stream != 0 && len(streams) < most:
			streams = append(streams, fmt.Sprint(o.Stream))
		case o.What == OwesSYNACK:
			more += o.Count
		case o.Count > 1:
			names = append(names, fmt.Sprintf("%d %vs", o.Count, o.What))
		case o.What == OwesHeartResponse:
			names = append(names, "a HeartResponse")
		default:
			names = append(names, o.What.String())
		}
	}
	if len(streams) > 0 {
		text := "the SYNACK of stream " + strings.Join(streams, ", ")
		if more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		names = append(names, text)
	}
	return strings.Join(names, ", ")
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// rounded returns a duration in words. None is negative: the clock of whoever captured may have
// been set back.
func rounded(d time.Duration) string { return max(0, d).Round(time.Millisecond).String() }
