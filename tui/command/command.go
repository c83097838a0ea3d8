package command

import (
	"slices"

	"anytls-inspect/tui/pane"
)

// A Command is something that the user can ask for.
type Command struct {
	// Name is the command's own, which stays: "freeze".
	Name string
	// Keys are what it is bound to, by Bubble Tea's names of them.
	Keys []string
	// Label names the keys as people read them: "↑ k".
	Label string
	// Help says what the command does. It is empty where another command's row of the
	// help speaks for it.
	Help string
	// Hint is how the footer names it. The zero Hint is none.
	Hint Hint
	// Enabled returns why the command can't be run; nil where it can. A nil function is
	// that of a command that always can.
	Enabled func(State) error
	// Run is what it runs.
	Run Action
}

// A Hint is how the footer names a command, in a word or two.
type Hint struct {
	// Place orders the hints. Where there is no room for all, one of an earlier place is
	// left out only where it needs more room than is left. The last two, for the help and
	// for quitting, always have room.
	Place int
	// Key names the keys; empty for the command's own label.
	Key string
	// Word says what the command does; empty where the footer need not name it.
	Word func(State) string
}

// lastPlace is the first place of the hints that always have room.
const lastPlace = 90

// A State is what decides which commands are enabled, and which the footer names.
type State struct {
	Focus    pane.ID // the pane that keys go to
	Opens    string  // what enter opens there, in a word; empty for nothing
	Detailed bool    // the detail is open
	Frozen   bool    // the screen is
	Live     bool    // sessions can be injected into
	ReadOnly bool    // nothing is
	Paused   bool    // the playback is
	Played   bool    // the playback has come to its end
}

// Refusal returns why the command can't be run; nil where it can.
func (c *Command) Refusal(s State) error {
	if c.Enabled == nil {
		return nil
	}
	return c.Enabled(s)
}

// A Group is a part of the help: commands under a title.
type Group struct {
	Title    string
	Commands []Command
}

// A Set is the commands of a screen. It does not change.
type Set struct {
	groups []Group
	bound  map[string]*Command // by key
}

// New returns the commands of a screen. Where it plays a capture, they are those that
// control the playback too, and there is none to freeze the screen: the capture is
// paused instead.
func New(playback bool) *Set {
	groups := []Group{heartbeats(), view(playback), moves(), program()}
	if playback {
		groups = slices.Insert(groups, 0, player())
	}
	s := &Set{groups: groups, bound: make(map[string]*Command)}
	for i := range groups {
		for j := range groups[i].Commands {
			c := &groups[i].Commands[j]
			for _, key := range c.Keys {
				s.bound[key] = c
			}
		}
	}
	return s
}

// Find returns the command that a key is bound to, by Bubble Tea's name of the key; nil
// where it is bound to none. The command belongs to the set, and must not be changed.
func (s *Set) Find(key string) *Command { return s.bound[key] }

// Key returns the first key of the command that runs an action; empty where none does. So
// a text names the key that the command is bound to.
func (s *Set) Key(a Action) string {
	for i := range s.groups {
		for j := range s.groups[i].Commands {
			if c := &s.groups[i].Commands[j]; c.Run == a {
				return c.Keys[0]
			}
		}
	}
	return ""
}

// Groups returns the commands as the help shows them. They belong to the set, and must
// not be changed.
func (s *Set) Groups() []Group { return s.groups }
