package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"anytls-inspect/capture/journal"
	"anytls-inspect/tui/command"
	"anytls-inspect/tui/dialog"
	"anytls-inspect/tui/pane"
)

// do does what a command runs, or what a dialog wants done; nil is nothing. It returns
// what Bubble Tea is to run, nil where there is nothing.
func (m *Model) do(a command.Action) tea.Cmd {
	switch a := a.(type) {
	case nil:
	case command.Move:
		m.stale = true
		m.heed(m.pane(m.focus).Move(a.Motion))
	case command.Focus:
		m.give(a.Pane)
	case command.Cycle:
		m.cycle(a.By)
	case command.Open:
		m.heed(m.pane(m.focus).Open())
	case command.Back:
		m.back()
	case command.DescribeSession:
		m.detail.DescribeSession()
		m.give(pane.DetailID)
	case command.ToggleTime:
		m.absolute = !m.absolute
	case command.ToggleWaste:
		m.toggleWaste()
	case command.ToggleFreeze:
		m.toggleFreeze()

	case command.Inject:
		return m.inject(a.Toward)
	case command.TogglePeriodic:
		m.togglePeriodic()

	case command.TogglePause, command.Step, command.ChangeSpeed:
		m.play(a)
	case command.PromptJump:
		m.dialog = dialog.NewJump(m.opts.Playback.State)
	case command.Jump:
		m.dialog = nil
		m.jump(a.To)

	case command.Help:
		m.dialog = dialog.NewHelp(m.commands)
	case command.Quit:
		return m.quit()
	case command.Leave:
		return tea.Quit
	case command.Dismiss:
		m.dialog = nil
	default:
		panic(fmt.Sprintf("tui: nothing does %T", a))
	}
	return nil
}

// heed does what a pane wants of the rest of the screen; nil is nothing.
func (m *Model) heed(i pane.Intent) {
	switch i := i.(type) {
	case nil:
	case pane.TurnTo:
		if i.Session != m.showing {
			m.turnTo(i.Session)
		}
	case pane.Describe:
		if m.detail.Choose(i.Frame) && m.onScreen(pane.DetailID) {
			m.stale = true
		}
	case pane.ShowPane:
		m.give(i.Pane)
	case pane.ListFrames:
		m.frames.Show(m.showing, i.Stream)
		m.give(pane.FramesID)
	case pane.FindFrame:
		// The frame may outlive its session: it is found among those of all then.
		id := i.Session
		if journal.Look(m.moment(), journal.AskSession{ID: id}) == nil {
			id = 0
		}
		m.sessions.Choose(id)
		m.turnTo(id)
		m.frames.Seek(i.Index)
		m.give(pane.FramesID)
	case pane.OpenDetail:
		m.detail.DescribeFrame()
		m.give(pane.DetailID)
	case pane.CloseDetail:
		m.shut(i.To)
	default:
		panic(fmt.Sprintf("tui: nothing heeds %T", i))
	}
}

// quit ends the program. Where that closes sessions, it asks first.
func (m *Model) quit() tea.Cmd {
	if m.opts.Control != nil {
		// The screen may be frozen.
		if live := journal.Look(m.journal, journal.AskSummary{}).Live; live > 0 {
			m.dialog = dialog.Quit{Live: live}
			return nil
		}
	}
	return tea.Quit
}
