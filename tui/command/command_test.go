package command_test

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/tui/command"
	"anytls-inspect/tui/pane"
)

// sets calls test for each set of commands that a screen can have.
func sets(t *testing.T, test func(t *testing.T, s *command.Set)) {
	for name, playback := range map[string]bool{"live": false, "playback": true} {
		t.Run(name, func(t *testing.T) { test(t, command.New(playback)) })
	}
}

// TestTable: whatever derives from the table finds what it needs in each row.
func TestTable(t *testing.T) {
	word := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	sets(t, func(t *testing.T, s *command.Set) {
		names, keys := make(map[string]bool), make(map[string]string)
		for _, g := range s.Groups() {
			for i := range g.Commands {
				c := &g.Commands[i]
				if !word.MatchString(c.Name) || names[c.Name] {
					t.Errorf("the name %q is not a word of its own", c.Name)
				}
				names[c.Name] = true
				if c.Label == "" || c.Run == nil || len(c.Keys) == 0 {
					t.Errorf("%s has the label %q, the keys %q, and runs %T", c.Name, c.Label, c.Keys, c.Run)
				}
				if _, choice := c.Run.(command.Focus); c.Help == "" && !choice {
					t.Errorf("the help has nothing to say of %s", c.Name)
				}
				if !slices.ContainsFunc(c.Keys, func(key string) bool { return strings.Contains(c.Label, printed(key)) }) {
					t.Errorf("%s has the keys %q, and is labelled %q", c.Name, c.Keys, c.Label)
				}
				for _, key := range c.Keys {
					if other, taken := keys[key]; taken {
						t.Errorf("%s and %s have the key %q", other, c.Name, key)
					}
					keys[key] = c.Name
					if got := s.Find(key); got != c {
						t.Errorf("%q finds %v, want %s", key, got, c.Name)
					}
				}
				if h := c.Hint; h.Word == nil && (h.Place != 0 || h.Key != "") {
					t.Errorf("%s has a hint without a word", c.Name)
				}
			}
		}
		for _, key := range []string{"", "alt+h", "ctrl+z"} {
			if c := s.Find(key); c != nil {
				t.Errorf("%q is bound to %s", key, c.Name)
			}
		}
	})
}

// printed returns how people read a key.
func printed(key string) string {
	return cmp.Or(map[string]string{"up": "↑", "down": "↓", "pgdown": "pgdn", "shift+tab": "⇧tab"}[key], key)
}

// TestRefusal: what needs live sessions says so where there are none.
func TestRefusal(t *testing.T) {
	s := command.New(true)
	for _, key := range []string{"h", "H", "p"} {
		c := s.Find(key)
		if err := c.Refusal(command.State{}); !errors.Is(err, capture.ErrNotLive) {
			t.Errorf("in a capture %s is refused for %v", c.Name, err)
		}
		if err := c.Refusal(command.State{Live: true}); err != nil {
			t.Errorf("in live sessions %s is refused for %v", c.Name, err)
		}
		if err := c.Refusal(command.State{Live: true, ReadOnly: true}); !errors.Is(err, capture.ErrReadOnly) {
			t.Errorf("where nothing is injected, %s is refused for %v", c.Name, err)
		}
	}
	for _, key := range []string{"space", ".", "+", "-"} {
		c := s.Find(key)
		if err := c.Refusal(command.State{Played: true}); !errors.Is(err, command.ErrPlayed) {
			t.Errorf("at the end of a capture %s is refused for %v", c.Name, err)
		}
		if err := c.Refusal(command.State{Paused: true}); err != nil {
			t.Errorf("while a capture is played %s is refused for %v", c.Name, err)
		}
	}
	if err := s.Find("j").Refusal(command.State{}); err != nil {
		t.Errorf("a cursor can't be moved for %v", err)
	}
	if got, want := s.Find("H").Run, (command.Inject{Toward: protocol.Client}); got != want {
		t.Errorf("H runs %#v, want %#v", got, want)
	}
}

// TestHints: the footer names what can be done where the focus is, the most useful first.
func TestHints(t *testing.T) {
	tests := []struct {
		name     string
		playback bool
		state    command.State
		want     string
	}{
		{
			"sessions", false,
			command.State{Live: true, Focus: pane.SessionsID, Opens: "frames"},
			"h ♥→server, H ♥→client, p periodic, space freeze, enter frames, i details, tab pane, ? keys!, q quit!",
		},
		{
			"frozen streams", false,
			command.State{Live: true, Focus: pane.StreamsID, Opens: "its frames", Frozen: true},
			"h ♥→server, H ♥→client, p periodic, space go on, enter its frames, esc back, tab pane, ? keys!, q quit!",
		},
		{
			"frames of a capture", false,
			command.State{Focus: pane.FramesID, Opens: "details"},
			"space freeze, enter details, t time, w waste, esc back, tab pane, ? keys!, q quit!",
		},
		{
			"detail", false,
			command.State{Focus: pane.DetailID, Detailed: true},
			"space freeze, ↑↓ scroll, esc back, tab pane, ? keys!, q quit!",
		},
		{
			"paused", true,
			command.State{Focus: pane.IncidentsID, Opens: "its frame", Paused: true},
			"space go on, . step, + - speed, : jump, enter its frame, tab pane, ? keys!, q quit!",
		},
		{
			"played", true,
			command.State{Focus: pane.HeartbeatsID, Played: true},
			": jump, tab pane, ? keys!, q quit!",
		},
		{
			"playback", true,
			command.State{Focus: pane.HeartbeatsID},
			"space pause, . step, + - speed, : jump, tab pane, ? keys!, q quit!",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, h := range command.New(tt.playback).Hints(tt.state) {
				text := h.Key + " " + h.Word
				if h.Always {
					text += "!"
				}
				got = append(got, text)
			}
			if text := strings.Join(got, ", "); text != tt.want {
				t.Errorf("hints:\n%s\nwant\n%s", text, tt.want)
			}
		})
	}
}

// TestPlaybackHasNoFreeze: a playback is paused instead, by the same key.
func TestPlaybackHasNoFreeze(t *testing.T) {
	if run := command.New(false).Find("space").Run; run != (command.ToggleFreeze{}) {
		t.Errorf("space runs %T", run)
	}
	s := command.New(true)
	if run := s.Find("space").Run; run != (command.TogglePause{}) {
		t.Errorf("space runs %T", run)
	}
	for _, g := range s.Groups() {
		if slices.ContainsFunc(g.Commands, func(c command.Command) bool { return c.Name == "freeze" }) {
			t.Error("the help tells how to freeze what can't be frozen")
		}
	}
}
