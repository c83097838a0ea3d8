package pane

import (
	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
)

// An Intent is what a pane wants of the rest of the screen, which it does not know.
// nil stands for nothing. The intents of this package are the only ones.
type Intent interface{ intent() }

type (
	// TurnTo wants the other panes to show a session; 0 stands for all together.
	TurnTo struct{ Session capture.SessionID }
	// ShowPane wants the focus on another pane.
	ShowPane struct{ Pane ID }
	// ListFrames wants the frames of the session that is shown, or with a stream only
	// the stream's, and the focus on them.
	ListFrames struct{ Stream uint32 }
	// FindFrame wants the focus on the frame with this index, or the nearest before it
	// in its session.
	FindFrame struct {
		Session capture.SessionID
		Index   uint64
	}
	// Describe wants the detail to be that of a frame; nil stands for none. The frame is
	// as a list has it, and may lack its data.
	Describe struct{ Frame *journal.Entry }
	// OpenDetail wants the detail shown, and the focus on it.
	OpenDetail struct{}
	// CloseDetail wants the detail away, and the focus on the pane that it came from.
	CloseDetail struct{ To ID }
)

func (TurnTo) intent()      {}
func (ShowPane) intent()    {}
func (ListFrames) intent()  {}
func (FindFrame) intent()   {}
func (Describe) intent()    {}
func (OpenDetail) intent()  {}
func (CloseDetail) intent() {}
