package command

import (
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/tui/pane"
)

// An Action is what the screen's model is to do. The actions of this package are the only
// ones, and can be compared.
type Action interface{ action() }

type (
	// Move moves the cursor of the pane that has the focus.
	Move struct{ Motion pane.Motion }
	// Focus gives the focus to a pane.
	Focus struct{ Pane pane.ID }
	// Cycle gives the focus to the next pane, or with By -1 to the previous one.
	Cycle struct{ By int }
	// Open opens what is chosen in the pane that has the focus.
	Open struct{}
	// Back undoes what Open did.
	Back struct{}
	// DescribeSession shows the chosen session in detail.
	DescribeSession struct{}
	// ToggleTime shows times of day, or times since the beginning.
	ToggleTime struct{}
	// ToggleWaste hides or shows Waste frames.
	ToggleWaste struct{}
	// ToggleFreeze freezes the screen, or lets it go on.
	ToggleFreeze struct{}

	// Inject injects a HeartRequest toward a peer.
	Inject struct{ Toward protocol.Peer }
	// TogglePeriodic turns periodic heartbeats on or off.
	TogglePeriodic struct{}

	// TogglePause pauses the playback, or lets it go on.
	TogglePause struct{}
	// Step plays one event, or pauses the playback.
	Step struct{}
	// ChangeSpeed changes the playback's speed by so many steps.
	ChangeSpeed struct{ By int }
	// PromptJump has the user type a time of the capture to jump to.
	PromptJump struct{}
	// Jump jumps to a time of the capture.
	Jump struct{ To time.Time }

	// Help shows all keys.
	Help struct{}
	// Quit ends the program; where that closes sessions, it asks first.
	Quit struct{}
	// Leave ends the program at once.
	Leave struct{}
	// Dismiss takes the dialog away that lies over the screen.
	Dismiss struct{}
)

func (Move) action()            {}
func (Focus) action()           {}
func (Cycle) action()           {}
func (Open) action()            {}
func (Back) action()            {}
func (DescribeSession) action() {}
func (ToggleTime) action()      {}
func (ToggleWaste) action()     {}
func (ToggleFreeze) action()    {}
func (Inject) action()          {}
func (TogglePeriodic) action()  {}
func (TogglePause) action()     {}
func (Step) action()            {}
func (ChangeSpeed) action()     {}
func (PromptJump) action()      {}
func (Jump) action()            {}
func (Help) action()            {}
func (Quit) action()            {}
func (Leave) action()           {}
func (Dismiss) action()         {}
