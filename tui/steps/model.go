package steps

import (
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"anytls-inspect/tui/cell"
)

// refresh is how often the screen looks at the run.
const refresh = 100 * time.Millisecond

// follows stands for the chosen step where the screen shows what has ended last, and for the chosen
// pair where it shows the one that runs.
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
	pair   int       // the one whose steps are shown; or follows
	chosen int       // the step of it whose text is shown; or follows
	opened bool      // that text has the place of the list
	helps  bool      // the keys have it
	ending bool      // the run was asked to end

	screen string // as it was composed
}

func newModel(o Options) *Model {
	m := &Model{opts: o, look: cell.Look{Profile: colorprofile.TrueColor}, pair: follows, chosen: follows}
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
	m.pair = min(m.pair, len(m.shown.Pairs)-1)
	m.chosen = min(m.chosen, len(m.current().Steps)-1)
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
