package tui

import (
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"anytls-inspect/tui/command"
)

// press does what a key is for. It returns what Bubble Tea is to run, nil where there is
// nothing.
func (m *Model) press(msg tea.KeyPressMsg) tea.Cmd {
	m.dirty = true
	if key, after := afterEsc(tea.Key(msg)); after && !m.tellsKeysApart {
		return tea.Batch(m.pressed("esc"), m.pressed(key.String()))
	}
	return m.pressed(msg.String())
}

// afterEsc returns the key that was pressed right after esc, where k can be that. Most
// terminals send one byte for esc, which also begins what they send for other keys, and
// for any key with alt. So a key right after esc arrives as one with alt. No command has
// alt: who holds it down gets what the two keys do.
func afterEsc(k tea.Key) (after tea.Key, ok bool) {
	after = k
	switch k.Mod {
	case tea.ModAlt:
		after.Mod = 0
	case tea.ModAlt | tea.ModShift:
		if after.Mod = tea.ModShift; unicode.IsLetter(k.Code) {
			after.Mod, after.Text = 0, string(unicode.ToUpper(k.Code))
		}
	default:
		return k, false
	}
	// These are what is left of a sequence of which the rest comes late.
	const begins = "[]OPX^_"
	name := after.String()
	return after, len(name) != 1 || !strings.Contains(begins, name)
}

// pressed does what the key of a name is for.
func (m *Model) pressed(key string) tea.Cmd {
	c := m.commands.Find(key)
	if m.dialog != nil && !leaves(c) {
		return m.do(m.dialog.Press(key, c))
	}
	if c == nil {
		return nil
	}
	if why := c.Refusal(m.state()); why != nil {
		m.say(why.Error(), refused)
		return nil
	}
	return m.do(c.Run)
}

// leaves tells whether a command ends the program at once, which no dialog prevents.
func leaves(c *command.Command) bool {
	if c == nil {
		return false
	}
	_, leave := c.Run.(command.Leave)
	return leave
}

// state returns what decides which commands are enabled.
func (m *Model) state() command.State {
	s := command.State{
		Focus: m.focus, Opens: m.pane(m.focus).OpenHint(), Detailed: m.opened,
		Frozen: m.snapshot != nil, Live: m.opts.Control != nil, ReadOnly: m.opts.ReadOnly,
	}
	if p := m.opts.Playback; p != nil {
		state := p.State()
		s.Paused, s.Played = state.Paused, state.Done
	}
	return s
}
