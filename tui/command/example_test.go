package command_test

import (
	"fmt"

	"anytls-inspect/tui/command"
	"anytls-inspect/tui/pane"
)

// What a screen does with a key, and what its footer says.
func Example() {
	commands := command.New(false)
	state := command.State{Focus: pane.SessionsID, Opens: "frames"} // of a capture

	for _, key := range []string{"G", "h", "Z"} {
		c := commands.Find(key)
		switch {
		case c == nil:
			fmt.Println(key, "is bound to nothing")
		case c.Refusal(state) != nil:
			fmt.Println(key, "is refused:", c.Refusal(state))
		default:
			fmt.Printf("%s runs %#v\n", key, c.Run)
		}
	}
	for _, h := range commands.Hints(state)[:2] {
		fmt.Println(h.Key, h.Word)
	}
	// Output:
	// G runs command.Move{Motion:5}
	// h is refused: this session is not one of a relay
	// Z is bound to nothing
	// space freeze
	// enter frames
}
