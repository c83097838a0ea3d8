package steps

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"anytls-inspect/tui/cell"
)

// refresh is how often the screen looks at the run.
const refresh = 100 * time.Millisecond

// follows stands for the chosen row where the screen shows what has ended last.
const follows = -1

// A Model is the state of the screen. It implements tea.Model, and belongs to the goroutine of
// Bubble Tea's event loop.
type Model struct {
	opts          Options
	width, height int
	look          cell.Look
	styles        cell.Styles

	shown  Shown
	now    time.Time // when it was looked at
	chosen int       // the row whose text is shown; or follows
	opened bool      // that text has the place of the list
	ending bool      // the run was asked to end

	screen string // as it was composed
}

func newModel(o Options) *Model {
	m := &Model{opts: o, look: cell.Look{Profile: colorprofile.TrueColor}, chosen: follows}
	if o.NoColor {
		m.look.Profile = colorprofile.ASCII
	}
	m.styles = cell.NewStyles(m.look)
	m.pull()
	return m
}

// A tickMsg tells the model to look at the run.
type tickMsg struct{}

func tick() tea.Cmd { return tea.Tick(refresh, func(time.Time) tea.Msg { return tickMsg{} }) }

// Init implements tea.Model.
func (m *Model) Init() tea.Cmd {
	// The terminal may never answer for its background: nothing waits for it.
	return tea.Batch(tick(), tea.RequestBackgroundColor)
}

// Update implements tea.Model.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tickMsg:
		m.pull()
		if cmd = tick(); m.shown.Done {
			cmd = tea.Quit
		}
	case tea.KeyPressMsg:
		cmd = m.press(msg.String())
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		m.restyle(cell.Look{Profile: m.look.Profile, Light: !msg.IsDark()})
	case tea.ColorProfileMsg:
		if !m.opts.NoColor {
			m.restyle(cell.Look{Profile: msg.Profile, Light: m.look.Light})
		}
	default:
		return m, nil
	}
	m.screen = m.compose()
	return m, cmd
}

// View implements tea.Model. Bubble Tea draws the cells that have changed.
func (m *Model) View() tea.View {
	v := tea.NewView(m.screen)
	v.AltScreen = true
	return v
}

// pull looks at the run.
func (m *Model) pull() {
	m.shown, m.now = m.opts.Look(), m.opts.Clock()
	m.chosen = min(m.chosen, len(m.shown.Rows)-1)
	select {
	case <-m.opts.Ending:
		m.ending = true
	default:
	}
}

// restyle changes how everything looks.
func (m *Model) restyle(l cell.Look) {
	if l != m.look {
		m.look, m.styles = l, cell.NewStyles(l)
	}
}

// press does what a key is for. A key right after esc arrives as one with alt.
func (m *Model) press(key string) tea.Cmd {
	if after, found := strings.CutPrefix(key, "alt+"); found {
		m.opened, m.chosen, key = false, follows, after
	}
	last := len(m.shown.Rows) - 1
	switch key {
	case "q", "ctrl+c":
		return m.end()
	case "up", "k":
		m.chosen = max(m.told()-1, min(0, last))
	case "down", "j":
		m.chosen = min(m.told()+1, last)
	case "home", "g":
		m.chosen = min(0, last)
	case "end", "G":
		m.chosen = last
	case "enter":
		m.opened = !m.opened && last >= 0
		m.chosen = m.told()
	case "esc":
		if !m.opened {
			m.chosen = follows
		}
		m.opened = false
	}
	return nil
}

// end asks the run to end; or leaves, where that was asked for already.
func (m *Model) end() tea.Cmd {
	if m.ending || m.opts.End == nil {
		return tea.Quit
	}
	m.ending = true
	m.opts.End()
	return nil
}

// told returns the row whose text is shown: the chosen one, else the one that has ended last, else
// the one that runs; follows where there is none.
func (m *Model) told() int {
	if m.chosen != follows {
		return m.chosen
	}
	ended, running := follows, follows
	for i := range m.shown.Rows {
		switch r := &m.shown.Rows[i]; r.State {
		case Ended:
			ended = i
		case Running:
			running = i
		}
	}
	if ended == follows {
		return running
	}
	return ended
}
