package session

import (
	"bytes"

	"anytls-inspect/protocol"
)

// Looks are the habits of an implementation, as far as a session shows them: what a peer did
// by which implementations differ, and what it surely did otherwise. A habit that was not
// seen is in neither. The zero value is that of a peer of which nothing was seen.
type Looks uint64 // what it did in the lower half, what it did not in the upper one

// Plus returns what two sessions of one peer show together. Where they differ, the peer is
// two programs, or one that does both: no implementation fits that does not.
func (l Looks) Plus(o Looks) Looks { return l | o }

func (l Looks) did() habit { return habit(l) }

func (l Looks) didNot() habit { return habit(l >> 32) }

// A habit is a set of habits, by their bits.
type habit uint32

// The habits. Those of what is in a record are learned of clients alone, since a padding
// scheme shapes only what they send.
const (
	splitPreamble  habit = 1 << iota // the preamble's parts are records of their own
	cutSettings                      // Settings begin in another record than they end in
	aloneSettings                    // the record in which Settings end has padding besides, and nothing else
	targetSettings                   // the SYN in that record has its target behind it
	extraSettings                    // Settings have keys that the protocol does not define
	ownHeartbeats                    // it asks for heartbeats
	ownFIN                           // it sends FIN
	serverWaste                      // the server pads
	over4k                           // a PSH has more than 4096 bytes
	over8k
	over16k
	full4k // several PSH have 4096 bytes
	full8k
	full16k
	full32k
	singBoxError // the text of a SYNACK names an outbound
	goDialError  // it is an error of Go's dialer, and begins as one
	goError      // it has an error of Go's dialer in it
	rustError    // it has an error of the system, as Rust writes it
	rsDialError  // it begins as one of anytls-rs
)

// A seen is what a tracker remembers of a peer for its habits.
type seen struct {
	longest uint16   // the data of the longest PSH
	full    [4]uint8 // how many PSH had each of the lengths of buffers, at most fewFull
	// record says which commands the client's record that is being received has, by bits.
	record uint16
	cut    bool // Settings have begun in a record before it
	// settled says that the record in which Settings end has come.
	settled bool
}

const (
	leastBuffer = 4 << 10    // the smallest that a known implementation copies through, in bytes
	fewFull     = 3          // so many PSH of the length of a buffer are no chance
	errorLen    = maxExcerpt // how much of an error's text is looked at, in bytes
)

// did takes note of habits that a peer has.
func (t *Tracker) did(dir protocol.Direction, h habit) { t.st.Looks[dir.Sender()] |= Looks(h) }

// hasOrNot takes note of whether a peer has a habit.
func (t *Tracker) hasOrNot(dir protocol.Direction, h habit, has bool) {
	if has {
		t.did(dir, h)
	} else {
		t.st.Looks[dir.Sender()] |= Looks(h) << 32
	}
}

// learn takes a whole frame that a peer sent, for its habits. What the relay did with it does
// not count, since its sender knows nothing of that. Once the first records are over, a PSH whose
// length says nothing new is not handed to it.
func (t *Tracker) learn(s *side, h protocol.Header, data []byte) {
	if s.came.Made() || s.holed {
		return
	}
	if h.Command == protocol.PSH {
		t.learnLength(s, h.Length)
	}
	s.seen.record |= 1 << min(h.Command, 15)
	byServer := s.dir == protocol.ServerToClient
	switch {
	case h.Command == protocol.FIN:
		t.did(s.dir, ownFIN)
	case h.Command == protocol.HeartRequest:
		t.did(s.dir, ownHeartbeats)
	case h.Command == protocol.Waste && byServer:
		t.did(s.dir, serverWaste)
	case h.Command == protocol.SYNACK && byServer && len(data) > 0:
		t.learnError(data)
	}
}

// learnError takes the text of a SYNACK: what libraries write tells their languages.
func (t *Tracker) learnError(text []byte) {
	text = text[:min(len(text), errorLen)]
	const dir = protocol.ServerToClient
	has := func(part string) bool { return bytes.Contains(text, []byte(part)) }
	begins := func(part string) bool { return bytes.HasPrefix(text, []byte(part)) }
	if has("dial tcp") || has("dial udp") {
		t.did(dir, goError)
		if begins("dial ") {
			t.did(dir, goDialError)
		}
	}
	if begins("open connection to ") && has(" using outbound/") {
		t.did(dir, singBoxError)
	}
	if has("(os error ") {
		t.did(dir, rustError)
		t.hasOrNot(dir, rsDialError, begins("Failed to connect to "))
	}
}

// learnLength takes the length of a PSH's data: programs copy what they carry through a
// buffer, and many of their frames are as long as it.
func (t *Tracker) learnLength(s *side, n uint16) {
	if n <= s.seen.longest && n%leastBuffer != 0 {
		return
	}
	s.seen.longest = max(s.seen.longest, n)
	for i, habits := range [...]struct{ over, full habit }{{over4k, full4k}, {over8k, full8k}, {over16k, full16k}, {0, full32k}} {
		size := uint16(leastBuffer << i)
		if n > size {
			t.did(s.dir, habits.over)
		}
		if n == size && s.seen.full[i] < fewFull {
			if s.seen.full[i]++; s.seen.full[i] == fewFull {
				t.did(s.dir, habits.full)
			}
		}
	}
}

// learnRecord takes the end of a record of the client's, while its first ones are followed:
// what is in one of them, the padding scheme shapes, and how an implementation flushes.
func (t *Tracker) learnRecord() {
	f, s := t.first, &t.side[protocol.ClientToServer]
	has := s.seen.record
	s.seen.record = 0
	if f == nil || !f.greeted || s.seen.settled || !t.whole(s.dir) {
		return
	}
	if f.record.auth {
		t.hasOrNot(s.dir, splitPreamble, f.records > 1)
	}
	if h, _, inside := s.framing.Pending(); inside && h.Command == protocol.Settings {
		s.seen.cut = true
		return
	}
	if has&(1<<protocol.Settings) == 0 {
		return
	}
	s.seen.settled = true
	if f.record.auth || t.st.Scheme == nil || t.st.Scheme.Text != protocol.DefaultPaddingScheme {
		return // the preamble's writes tell, or another scheme does: nobody has recorded that
	}
	t.hasOrNot(s.dir, cutSettings, s.seen.cut)
	t.hasOrNot(s.dir, aloneSettings, has == 1<<protocol.Settings|1<<protocol.Waste)
	if has&(1<<protocol.SYN) != 0 {
		t.hasOrNot(s.dir, targetSettings, has&(1<<protocol.PSH) != 0)
	}
}
