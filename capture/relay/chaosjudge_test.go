package relay_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A verdict is what came out of a chaos. All in its second part must be zero.
type verdict struct {
	sessions, faulty, streams, whole int
	bytes                            uint64
	injected, asked, answered        int // HeartRequests: the relay's, the peers', and the answers that their owners got
	late, doubtful                   int // not answered within the timeout; answers to the relay that a peer got in doubt
	faults                           [fatals]int
	stood                            time.Duration

	corrupted     int // bytes
	failed        int // streams that no fault explains
	lost          int // heartbeats
	misattributed int // heartbeats
	sockets       int
	leak          error // goroutines

	why []string // the first of what must not be
}

// String returns the figures.
func (v *verdict) String() string {
	leak := "0"
	if v.leak != nil {
		leak = v.leak.Error()
	}
	return fmt.Sprintf("%d sessions (%d of them met a fatal fault: %d resets, %d truncations, %d half closes), %d streams, %d of them whole, %d MB, "+
		"the network stood still for %v; heartbeats: %d injected, %d of the peers, %d answered to their owners, %d of them late, %d more in doubt\n"+
		"corrupted bytes %d, wrongly failed streams %d, lost heartbeats %d, misattributed heartbeats %d, sockets left %d, goroutines left %s",
		v.sessions, v.faulty, v.faults[resets], v.faults[truncates], v.faults[halfCuts], v.streams, v.whole, v.bytes>>20, v.stood.Round(time.Second),
		v.injected, v.asked, v.answered, v.late, v.doubtful, v.corrupted, v.failed, v.lost, v.misattributed, v.sockets, leak)
}

// fail lets the test fail where something is not zero.
func (v *verdict) fail(t *testing.T) {
	if v.corrupted+v.failed+v.lost+v.misattributed+v.sockets != 0 || v.leak != nil || len(v.why) > 0 {
		t.Errorf("not all is zero:\n%s", strings.Join(v.why[:min(len(v.why), 40)], "\n"))
	}
	if v.whole == 0 || v.faulty == 0 || v.answered == 0 || v.injected == 0 {
		t.Error("nothing was shown")
	}
}

// A passage is all that is known of one session.
type passage struct {
	*chaosSession
	relayed *relayedSession // nil where the relay took no session of it
	beats   journal.Heartbeats
	stood   time.Duration // how long the network stood still for it
	fatal   fatal         // what the network did to it
	v       *verdict
}

// judge compares the accounts of all sessions.
func (c *chaos) judge() *verdict {
	v := new(verdict)
	for _, p := range c.passages(v) {
		p.judge()
	}
	return v
}

// passages gathers what is known of each session.
func (c *chaos) passages(v *verdict) []*passage {
	all := make([]*passage, len(c.sessions))
	for i, s := range c.sessions {
		all[i] = &passage{chaosSession: s, v: v}
	}
	for _, path := range [...]*faultyPath{c.near, c.far} {
		for _, conn := range path.conns {
			number, stood, happened := conn.told()
			if number == 0 {
				continue // nothing has come of it
			}
			p := all[number-1]
			p.stood += stood
			p.fatal = max(p.fatal, happened)
			v.stood += stood
			v.faults[happened]++
		}
	}
	for id, r := range c.relayed {
		number, _, _ := r.client.told()
		if number == 0 {
			continue // the client's first words were cut
		}
		p := all[number-1]
		p.relayed = r
		p.beats = journal.Look(c.rig.journal, journal.AskHeartbeats{Session: id})
	}
	return all
}

// note keeps what must not be.
func (v *verdict) note(format string, args ...any) {
	v.why = append(v.why, fmt.Sprintf(format, args...))
}

func (p *passage) note(format string, args ...any) {
	p.v.note("session %d (%s; tagged %v, stood %v, departure %d, fault %d): %s",
		p.number, p.relayed, p.tagged, p.stood, p.leaves, p.fatal, fmt.Sprintf(format, args...))
}

// explained tells whether something may not have come: a fault ended one of the session's
// connections, or the client read no more.
func (p *passage) explained() bool { return p.fatal != survives || p.leaves != inOrder }

// mayFail tells whether streams may have failed.
func (p *passage) mayFail() bool { return p.fatal != survives || p.leaves.early() }

// judge judges one session.
func (p *passage) judge() {
	v := p.v
	v.sessions++
	if p.fatal != survives {
		v.faulty++
	}
	if p.tooLong.Load() {
		v.failed++
		p.note("it did not end")
	}
	if p.failure != nil && !p.mayFail() {
		v.failed++
		p.note("it did not begin: %v", p.failure)
	}
	p.judgeStreams()
	switch {
	case p.client == nil || p.server == nil || p.relayed == nil:
		if !p.mayFail() {
			p.note("one end has not begun")
		}
		return
	case !p.relayed.closed:
		p.note("its end is not told")
	}
	for _, answers := range [...]protocol.Peer{protocol.Client, protocol.Server} {
		asks, asked := p.end(answers.Other()), p.end(answers)
		p.compare(answers.Toward(), asks, asked)
		p.judgeHeartbeats(answers, asks, asked)
	}
}

// end returns one end of the session.
func (p *passage) end(peer protocol.Peer) *end {
	if peer == protocol.Client {
		return p.client
	}
	return p.server
}

// judgeStreams counts the streams. Where no fault explains it, all of them must be whole.
func (p *passage) judgeStreams() {
	if p.client == nil {
		return
	}
	for i, t := range p.transfers {
		p.v.streams++
		if t.whole {
			p.v.whole++
		} else if !p.mayFail() {
			p.v.failed++
			p.note("stream %d is not whole: %d of %d bytes down", i+1, t.got, t.down)
		}
	}
}

// compare compares what was sent in a direction with what came. All that came must have been
// sent, in its order; and all must have come, unless something explains that it did not.
func (p *passage) compare(dir protocol.Direction, from, to *end) {
	sent, got := from.sent.frames, to.got.frames
	for i, f := range got {
		p.v.bytes += uint64(f.size)
		if i >= len(sent) || f != sent[i] {
			p.v.corrupted += f.size
			p.note("%v: frame %d of %d is not what was sent", dir, i, len(got))
			break
		}
	}
	if dir == protocol.ClientToServer && len(got) > 0 && to.got.preamble != from.sent.preamble {
		p.v.corrupted++
		p.note("the preamble is not what was sent")
	}
	if len(got) < len(sent) && !p.explained() {
		p.v.corrupted++
		p.note("%v: %d of %d frames came", dir, len(got), len(sent))
	}
}

// timeSlack is by how much the order of events may differ from that of their times: a
// busy machine lets one direction's wait while the other's go on.
const timeSlack = time.Second

// judgeHeartbeats compares the HeartRequests toward a peer, and their answers, with what the
// relay has injected and the journal tells.
func (p *passage) judgeHeartbeats(toward protocol.Peer, asks, answers *end) {
	v, f := p.v, p.beats[toward]
	injected := p.relayed.injected[toward]
	own, others := owned(asks.got.answers, asks.tagged)
	came, answered := len(answers.got.asked), len(answers.sent.answers)
	relays, peers := int(f.Injected.Answered+f.Injected.Late), int(f.Own.Answered+f.Own.Late)
	v.injected += injected
	v.asked += len(asks.sent.asked)
	v.answered += relays + peers
	v.late += int(f.Injected.Late + f.Own.Late)
	v.doubtful += others

	// What took long counts as late, but for what the other peer did not stay for: that is cut.
	most, least := p.relayed.slower(toward, session.DefaultHeartbeatTimeout-timeSlack), p.relayed.slower(toward, session.DefaultHeartbeatTimeout+timeSlack)
	cut := 0
	if p.relayed.left[toward.Other()] {
		cut = min(most, int(f.Injected.Cut+f.Own.Cut))
	}

	// Whatever happened: nobody gets what is not his.
	wrong := func(n int, format string, args ...any) {
		if n > 0 {
			v.misattributed += n
			p.note("toward the %v: "+format, append([]any{toward}, args...)...)
		}
	}
	if asks.tagged {
		wrong(differences(own, asks.sent.asked), "answers %v to requests %v", own, asks.sent.asked)
	}
	doubt := int(f.Injected.Lost + f.Own.Lost + f.Injected.Unsupported + f.Own.Unsupported) // then an answer to the relay may be forwarded
	if doubt+cut == 0 {
		wrong(others, "%d answers that nobody asked for", others)
	}
	wrong(len(asks.got.answers)-answered, "%d answers came, and %d were sent", len(asks.got.answers), answered)
	wrong(came-len(asks.sent.asked)-injected, "%d requests came, and %d and %d were sent", came, len(asks.sent.asked), injected)
	wrong(relays+peers-answered, "the journal tells %d and %d answers, and %d were sent", relays, peers, answered)
	if doubt+cut == 0 {
		wrong(len(asks.got.answers)-peers, "%d answers came, and the journal tells %+v", len(asks.got.answers), f)
	}
	wrong(apart(int(f.Injected.Sent), injected), "the journal tells %d injected, and the relay %d", f.Injected.Sent, injected)

	lost := func(n int, format string, args ...any) {
		if n > 0 {
			v.lost += n
			p.note("toward the %v: "+format, append([]any{toward}, args...)...)
		}
	}
	late := int(f.Injected.Late + f.Own.Late)
	if toward == protocol.Server && !p.mayFail() {
		lost(len(asks.sent.asked)-len(asks.got.answers), "%d of the client's %d requests were answered to it", len(asks.got.answers), len(asks.sent.asked))
	}
	lost(late-most, "%d count as late, and %d are", late, most)
	if p.explained() {
		return
	}
	lost(least-late-cut, "%d count as late, and %d are", late, least)
	// All that was sent came, and was answered, unless the client had sent close_notify.
	lost(len(asks.sent.asked)+injected-came, "%d of %d and %d requests came", came, len(asks.sent.asked), injected)
	lost(answered-relays-cut-len(asks.got.answers), "%d of %d answers came, and %d to the relay", len(asks.got.answers), answered, relays)
	lost(peers-len(asks.got.answers), "%d answers came, and the journal tells %d", len(asks.got.answers), peers)
	lost(answered-relays-peers-cut, "the journal tells %d and %d answers, and %d were sent", relays, peers, answered)
	if toward == protocol.Server {
		lost(came-answered, "%d requests came, and %d were answered", came, answered)
		lost(doubt-late, "%d were given up, and %d answered late: the others never", doubt, late)
	}
}

// owned parts the answers that an end got from those that it can't have asked for.
func owned(answers []uint32, tagged bool) (own []uint32, others int) {
	if !tagged {
		return answers, 0
	}
	own = slices.DeleteFunc(slices.Clone(answers), func(tag uint32) bool { return tag == 0 })
	return own, len(answers) - len(own)
}

// differences returns how many of got are not what is at their place in want.
func differences(got, want []uint32) (n int) {
	for i, tag := range got {
		if i >= len(want) || tag != want[i] {
			n++
		}
	}
	return n
}

// apart returns by how much two numbers differ.
func apart(a, b int) int { return max(a, b) - min(a, b) }
