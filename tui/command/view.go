package command

import "anytls-inspect/tui/pane"

// view returns the commands that change what the screen shows. While a capture is
// played, there is none to freeze it.
func view(playback bool) Group {
	g := Group{Title: "View"}
	if !playback {
		g.Commands = append(g.Commands, Command{
			Name: "freeze", Keys: []string{"space"}, Label: "space",
			Help: "freeze the view, never the wire",
			Hint: Hint{Place: 20, Word: func(s State) string {
				if s.Frozen {
					return "go on"
				}
				return "freeze"
			}},
			Run: ToggleFreeze{},
		})
	}
	g.Commands = append(
		g.Commands,
		Command{
			Name: "time", Keys: []string{"t"}, Label: "t",
			Help: "time of day, or since the beginning",
			Hint: Hint{Place: 32, Word: in("time", pane.FramesID)},
			Run:  ToggleTime{},
		},
		Command{
			Name: "waste", Keys: []string{"w"}, Label: "w",
			Help: "hide or show Waste frames",
			Hint: Hint{Place: 33, Word: in("waste", pane.FramesID)},
			Run:  ToggleWaste{},
		},
		Command{
			Name: "open", Keys: []string{"enter"}, Label: "enter",
			Help: "open: its frames, its bytes, an incident's diagnostics",
			Hint: Hint{Place: 30, Word: func(s State) string { return s.Opens }},
			Run:  Open{},
		},
		Command{
			Name: "back", Keys: []string{"esc"}, Label: "esc",
			Help: "back; all frames of the session",
			Hint: Hint{Place: 40, Word: func(s State) string {
				if s.Detailed {
					return "back"
				}
				return in("back", pane.StreamsID, pane.FramesID)(s)
			}},
			Run: Back{},
		},
		Command{
			Name: "session-detail", Keys: []string{"i"}, Label: "i",
			Help: "session in detail",
			Hint: Hint{Place: 31, Word: in("details", pane.SessionsID)},
			Run:  DescribeSession{},
		})
	return g
}
