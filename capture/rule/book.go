package rule

import (
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

// A Book has the rules of a run. It is safe for concurrent use.
type Book struct{}

// Session returns what the rules know of a session that begins at a time.
func (b *Book) Session(id capture.SessionID, route string, began time.Time) *Session {
	return &Session{}
}

// A Session is what the rules know of one session: both directions'. It is safe for
// concurrent use.
type Session struct{}

// Judge returns the judge of a direction.
func (s *Session) Judge(dir protocol.Direction) *Judge { return &Judge{} }

// A Judge says what the rules do with the frames of one direction. It is for one goroutine at
// a time.
type Judge struct{}

// On tells whether any rule is on. It costs an atomic load.
func (j *Judge) On() bool { return false }

// NeedsData tells whether a rule that is on looks into frames' data: then Frame wants the
// whole of it.
func (j *Judge) NeedsData() bool { return false }

// Frame returns what is done with a frame that came at a time, or with the preamble, whose
// header has only Length. It must be shown each frame of the direction once, in order: the
// judge learns of targets and counts. data is all of the frame's data where it is whole; else
// it is as much as came with the header. The program is valid until the next call.
func (j *Judge) Frame(now time.Time, h protocol.Header, preamble bool, data []byte, whole bool) Program {
	return nil
}
