package command

import (
	"cmp"
	"slices"

	"anytls-inspect/tui/pane"
)

// A KeyHint is a hint that a footer shows.
type KeyHint struct {
	Key, Word string
	Always    bool // there is always room for it
}

// Hints returns what a footer names in a state: the commands that are enabled, in the
// order of their places.
func (s *Set) Hints(state State) []KeyHint {
	var named []*Command
	for i := range s.groups {
		for j := range s.groups[i].Commands {
			c := &s.groups[i].Commands[j]
			if c.Hint.Word != nil && c.Hint.Word(state) != "" && c.Refusal(state) == nil {
				named = append(named, c)
			}
		}
	}
	slices.SortStableFunc(named, func(a, b *Command) int { return cmp.Compare(a.Hint.Place, b.Hint.Place) })
	hints := make([]KeyHint, len(named))
	for i, c := range named {
		hints[i] = KeyHint{Key: cmp.Or(c.Hint.Key, c.Label), Word: c.Hint.Word(state), Always: c.Hint.Place >= lastPlace}
	}
	return hints
}

// always names a command with the same word in every state.
func always(word string) func(State) string { return func(State) string { return word } }

// in names a command with a word while one of some panes has the focus.
func in(word string, panes ...pane.ID) func(State) string {
	return func(s State) string {
		if slices.Contains(panes, s.Focus) {
			return word
		}
		return ""
	}
}
