package command

import "errors"

// jumpKey jumps to a time.
const jumpKey = ":"

// ErrPlayed says that there is nothing left to control.
var ErrPlayed = errors.New("the whole capture was read; scroll, or " + jumpKey + " jumps to a time")

// player returns the commands that control a playback.
func player() Group {
	goesOn := func(s State) error {
		if s.Played {
			return ErrPlayed
		}
		return nil
	}
	return Group{"Playback", []Command{
		{
			Name: "pause", Keys: []string{"space"}, Label: "space", Help: "pause the capture, or go on",
			Hint: Hint{Place: 0, Word: func(s State) string {
				if s.Paused {
					return "go on"
				}
				return "pause"
			}},
			Enabled: goesOn, Run: TogglePause{},
		},
		{
			Name: "step", Keys: []string{"."}, Label: ".", Help: "while paused: one event",
			Hint:    Hint{Place: 1, Word: always("step")},
			Enabled: goesOn, Run: Step{},
		},
		{
			Name: "faster", Keys: []string{"+", "="}, Label: "+", Help: "faster",
			Hint:    Hint{Place: 2, Key: "+ -", Word: always("speed")},
			Enabled: goesOn, Run: ChangeSpeed{By: 1},
		},
		{
			Name: "slower", Keys: []string{"-"}, Label: "-", Help: "slower",
			Enabled: goesOn, Run: ChangeSpeed{By: -1},
		},
		{
			Name: "jump", Keys: []string{jumpKey}, Label: jumpKey, Help: "jump to a time",
			Hint: Hint{Place: 3, Word: always("jump")},
			Run:  PromptJump{},
		},
	}}
}
