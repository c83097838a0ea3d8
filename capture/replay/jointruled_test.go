package replay

import (
	"strings"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// psh returns a frame with as many bytes of data as text has.
func psh(text string) string {
	b, _ := protocol.AppendFrame(nil, protocol.PSH, 1, []byte(text))
	return string(b)
}

// touched tells the joint of a frame, or a piece of one, that a rule touched and that begins
// with byte number of.
func (r *jointRig) touched(l capture.Leg, dir protocol.Direction, text string, kind session.FateKind, of int64) {
	r.event(l, capture.Event{Kind: capture.Data, Dir: dir, Data: []byte(text), Fate: session.Fate{Kind: kind, Rule: 1}, Missing: of})
}

// shows returns what was told, without the headers of frames.
func (r *jointRig) shows() (lines []string) {
	for _, l := range r.lines {
		lines = append(lines, strings.NewReplacer("\x02\x00\x00\x00\x01\x00", "PSH ", "\x01", "", "\x03", "", "\x05", "").Replace(l))
	}
	return lines
}

// TestJointUnderRules: what a rule touched is told once, when the receiver's leg tells what
// became of it, however the legs stand in the recording.
func TestJointUnderRules(t *testing.T) {
	a, b := psh("abc"), psh("defgh")
	for _, tt := range []struct {
		name string
		play func(r *jointRig)
		want []string
	}{
		{"held, and others go on", func(r *jointRig) {
			r.touched(onServer, jointDown, a, session.Held, 1)
			r.data(onServer, jointDown, "other", session.Forwarded)
			r.data(onClient, jointDown, "other", session.Forwarded)
			r.touched(onClient, jointDown, a, session.Held, 1)
		}, []string{"s2c other", "s2c PSH abc held by rule 1"}},
		{"held, and dropped in the end", func(r *jointRig) {
			r.touched(onServer, jointDown, a[:4], session.Held, 1)
			r.touched(onServer, jointDown, a[4:], session.Held, 1)
			r.data(onServer, jointDown, "other", session.Forwarded)
			r.data(onClient, jointDown, "other", session.Forwarded)
			r.touched(onClient, jointDown, "", session.Dropped, 1)
		}, []string{"s2c other", "s2c PSH abc dropped by rule 1"}},
		{"replaced", func(r *jointRig) {
			r.data(onServer, jointDown, "one", session.Forwarded)
			r.touched(onServer, jointDown, a, session.Replaced, 4)
			r.data(onServer, jointDown, "two", session.Forwarded)
			r.data(onClient, jointDown, "one", session.Forwarded)
			r.touched(onClient, jointDown, "", session.Replaced, 4)
			r.data(onClient, jointDown, "OTHER", session.Injected)
			r.data(onClient, jointDown, "two", session.Forwarded)
		}, []string{"s2c one", "s2c PSH abc replaced by rule 1", "s2c OTHER injected", "s2c two"}},
		{"the receiver's leg stands first", func(r *jointRig) {
			r.touched(onClient, jointDown, "", session.Dropped, 1)
			r.touched(onClient, jointDown, b, session.Forwarded, 11)
			r.data(onClient, jointDown, "other", session.Forwarded)
			r.touched(onServer, jointDown, a, session.Dropped, 1)
			r.touched(onServer, jointDown, b, session.Forwarded, 11)
			r.data(onServer, jointDown, "other", session.Forwarded)
		}, []string{"s2c PSH abc dropped by rule 1", "s2c PSH defgh forwarded by rule 1", "s2c other"}},
		{"written in several records", func(r *jointRig) {
			r.touched(onClient, jointUp, a, session.Forwarded, 1)
			r.touched(onServer, jointUp, a[:2], session.Forwarded, 1)
			r.touched(onServer, jointUp, a[2:], session.Forwarded, 1)
		}, []string{"c2s \x02\x00 forwarded by rule 1", "c2s \x00\x00\x00abc forwarded by rule 1"}},
		{"what a rule does stands in its place", func(r *jointRig) {
			r.data(onServer, jointDown, "one", session.Forwarded)
			r.data(onServer, jointDown, "two", session.Forwarded)
			r.data(onClient, jointDown, "one", session.Forwarded)
			for _, l := range []capture.Leg{onServer, onClient} {
				r.event(l, capture.Event{Kind: capture.Applied, Dir: jointDown})
			}
			r.data(onClient, jointDown, "two", session.Forwarded)
		}, []string{"s2c one", "s2c kind 12", "s2c two"}},
		{"dropped, and the receiver's leg has no more", func(r *jointRig) {
			r.touched(onServer, jointDown, a, session.Dropped, 1)
			r.touched(onServer, jointDown, b, session.Held, 11)
			r.over(onClient, legEnd{by: session.ClosedByClient})
			r.over(onServer, legEnd{by: session.ClosedByClient, byRelay: true})
		}, []string{"s2c PSH abc dropped by rule 1", "closed by client"}},
		{"behind the end of the receiver's leg", func(r *jointRig) {
			r.over(onClient, legEnd{by: session.ClosedByClient})
			r.touched(onServer, jointDown, a, session.Dropped, 1)
			r.touched(onServer, jointDown, b, session.Held, 11)
			r.event(onServer, capture.Event{Kind: capture.Applied, Dir: jointDown})
			r.over(onServer, legEnd{by: session.ClosedByClient, byRelay: true})
		}, []string{"s2c PSH abc dropped by rule 1", "s2c kind 12", "closed by client"}},
		{"an answer to the relay comes while pieces of it are told", func(r *jointRig) {
			r.touched(onServer, jointDown, a, session.Forwarded, 1)
			r.touched(onClient, jointDown, a[:8], session.Forwarded, 1)
			r.data(onServer, jointDown, "answer", session.Absorbed)
			r.touched(onClient, jointDown, a[8:], session.Forwarded, 1)
		}, []string{"s2c PSH a forwarded by rule 1", "s2c bc forwarded by rule 1", "s2c answer absorbed"}},
		{"the rest of it is missing where it was written", func(r *jointRig) {
			r.touched(onServer, jointDown, a, session.Forwarded, 1)
			r.touched(onClient, jointDown, a[:8], session.Forwarded, 1)
			r.event(onClient, capture.Event{Kind: capture.Gap, Dir: jointDown, Missing: 2})
			r.data(onServer, jointDown, "other", session.Forwarded)
			r.later()
			r.later()
		}, []string{"s2c PSH a forwarded by rule 1", "s2c kind 4", "s2c kind 4", "s2c other", "s2c kind 7"}},
		{"a place that the sender's leg knows nothing of", func(r *jointRig) {
			r.touched(onClient, jointDown, "", session.Dropped, 1)
			r.data(onServer, jointDown, "other", session.Forwarded)
			r.data(onClient, jointDown, "other", session.Forwarded)
			r.later()
			r.later()
		}, []string{"s2c other", "s2c kind 7", "s2c kind 7"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newJointRig(t)
			r.t = t
			r.stands()
			tt.play(r)
			r.lines = r.shows()
			for i := range tt.want {
				tt.want[i] = strings.NewReplacer("\x02\x00\x00\x00\x01\x00", "PSH ", "\x01", "", "\x03", "", "\x05", "").Replace(tt.want[i])
			}
			r.tells(tt.want...)
		})
	}
}

// TestJointUnderRulesIsBounded: a recording can't have a replay set aside more than the relay
// holds: what is too much is told as its sender's leg has it.
func TestJointUnderRulesIsBounded(t *testing.T) {
	r := newJointRig(t)
	r.stands()
	frame := psh(strings.Repeat("x", 60_000))
	for i := range int64(100) {
		r.touched(onServer, jointDown, frame, session.Held, 1+i*int64(len(frame)))
	}
	if l := &r.lanes[jointDown]; l.set > maxAside || len(r.lines) == 0 {
		t.Errorf("%d bytes are set aside, %d frames are told", l.set, len(r.lines))
	}
	r.over(onServer, legEnd{by: session.ClosedByServer})
	r.over(onClient, legEnd{by: session.ClosedByServer, byRelay: true})
	if r.room.held != 0 {
		t.Errorf("%d bytes are held behind the end", r.room.held)
	}
}
