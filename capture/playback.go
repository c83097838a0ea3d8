package capture

import "time"

// A Playback controls how fast a capture is handed on, and tells how far it is.
// Live sources have none. It is safe for concurrent use.
type Playback interface {
	// State returns where the playback is.
	State() PlaybackState
	// Pause holds it, or lets it go on.
	Pause(bool)
	// Step lets one event pass while it is paused.
	Step()
	// SetSpeed sets how many times faster than it happened it is shown; 0 is as
	// fast as the capture can be read.
	SetSpeed(times float64)
	// JumpTo hands on at once all that happened before at.
	JumpTo(at time.Time)
}

// A PlaybackState is where a playback is.
type PlaybackState struct {
	Began, At  time.Time // of the first event, and of the newest that was handed on
	Speed      float64   // 0: as fast as the capture can be read
	Paused     bool
	Read, Size int64 // bytes of the file; Size is -1 where it is not known
	Done       bool  // all was handed on
}
