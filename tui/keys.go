package tui

import "charm.land/bubbles/v2/key"

// A keyMap has the keys of every screen, and says what they do. The help and the
// hints are made from it. Those of a playback are in [playbackKeys].
type keyMap struct {
	Up, Down, PageUp, PageDown, Top, End key.Binding
	Next, Previous, Pane                 key.Binding
	Open, Back, Info, Time, Waste        key.Binding
	ToServer, ToClient, Periodic, Freeze key.Binding
	Help, Quit, Kill                     key.Binding
}

func newKeyMap() keyMap {
	bind := func(help, does string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, does))
	}
	return keyMap{
		Up:       bind("↑ k", "up", "up", "k"),
		Down:     bind("↓ j", "down; from the last row: follow", "down", "j"),
		PageUp:   bind("pgup", "a page up", "pgup", "ctrl+b"),
		PageDown: bind("pgdn", "a page down", "pgdown", "ctrl+f"),
		Top:      bind("g home", "first row", "g", "home"),
		End:      bind("G end", "follow the newest row", "G", "end"),

		Next:     bind("tab →", "next pane", "tab", "right"),
		Previous: bind("⇧tab ←", "previous pane", "shift+tab", "left"),
		Pane:     bind("1–6", "choose a pane", "1", "2", "3", "4", "5", "6"),

		Open:  bind("enter", "open: a session's or stream's frames, a frame's bytes", "enter"),
		Back:  bind("esc", "back; all frames of the session", "esc"),
		Info:  bind("i", "session in detail", "i"),
		Time:  bind("t", "time of day, or since the beginning", "t"),
		Waste: bind("w", "hide or show Waste frames", "w"),

		ToServer: bind("h", "inject a HeartRequest toward the server", "h"),
		ToClient: bind("H", "inject one toward the client; again: don't wait for the padding's stop", "H"),
		Periodic: bind("p", "periodic heartbeats on or off", "p"),
		Freeze:   bind("space", "freeze the view, never the wire", "space"),

		Help: bind("?", "all keys", "?"),
		Quit: bind("q", "quit", "q"),
		Kill: bind("ctrl+c", "quit at once", "ctrl+c"),
	}
}

// hints returns the keys that a footer names, the most useful first, with words
// that are short enough for it. opened says that the detail is shown, frozen that
// the screen is, and live that heartbeats can be injected.
func (k keyMap) hints(focus paneID, opened, frozen, live bool) []key.Help {
	hint := func(b key.Binding, does string) key.Help { return key.Help{Key: b.Help().Key, Desc: does} }
	var hints []key.Help
	if live {
		hints = append(hints, hint(k.ToServer, "♥→server"), hint(k.ToClient, "♥→client"), hint(k.Periodic, "periodic"))
	}
	freeze := "freeze"
	if frozen {
		freeze = "go on"
	}
	hints = append(hints, hint(k.Freeze, freeze))
	switch focus {
	case sessionsID:
		hints = append(hints, hint(k.Open, "frames"), hint(k.Info, "details"))
	case streamsID:
		hints = append(hints, hint(k.Open, "its frames"))
	case framesID:
		hints = append(hints, hint(k.Open, "details"), hint(k.Time, "time"), hint(k.Waste, "waste"))
	case diagnosticsID:
		hints = append(hints, hint(k.Open, "its frame"))
	case detailID:
		hints = append(hints, key.Help{Key: "↑↓", Desc: "scroll"})
	}
	if opened || focus == streamsID || focus == framesID {
		hints = append(hints, hint(k.Back, "back"))
	}
	return append(hints, key.Help{Key: "tab", Desc: "pane"}, hint(k.Help, "keys"), hint(k.Quit, "quit"))
}

// A keyGroup is a part of the help: keys under a title.
type keyGroup struct {
	title string
	keys  []key.Binding
}

// groups returns all keys as the help shows them.
func (k keyMap) groups() []keyGroup {
	return []keyGroup{
		{"Heartbeats", []key.Binding{k.ToServer, k.ToClient, k.Periodic}},
		{"View", []key.Binding{k.Freeze, k.Time, k.Waste, k.Open, k.Back, k.Info}},
		{"Move", []key.Binding{k.Up, k.Down, k.PageUp, k.PageDown, k.Top, k.End, k.Next, k.Previous, k.Pane}},
		{"Program", []key.Binding{k.Help, k.Quit, k.Kill}},
	}
}
