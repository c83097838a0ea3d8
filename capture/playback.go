package capture

import "time"

// A Playback controls how fast a replay hands on the events of a capture, and says
// how far it is. Live sources have none. It is safe for concurrent use.
type Playback interface {
	// State returns how far the playback is.
	State() PlaybackState
	// Pause holds the playback, or lets it go on.
	Pause(bool)
	// Step hands on one event of a playback that is paused.
	Step()
	// SetSpeed sets how many times faster than they happened events are handed on. 0
	// is as fast as the capture can be read.
	SetSpeed(times float64)
	// JumpTo hands on at once all events before a time.
	JumpTo(at time.Time)
}

// A PlaybackState says how far a playback is.
type PlaybackState struct {
	Began, At  time.Time // of the first event, and of the last that was handed on
	Speed      float64   // 0: as fast as the capture can be read
	Paused     bool
	Read, Size int64 // bytes of the file, read and in all; Size is -1 where it is not known
	Done       bool  // all events were handed on
}
