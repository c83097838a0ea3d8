package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
	"anytls-inspect/tui/command"
	"anytls-inspect/tui/dialog"
	"anytls-inspect/tui/pane"
)

// A Model is the state of the screen. It implements tea.Model, and belongs to the
// goroutine of Bubble Tea's event loop.
type Model struct {
	journal  *journal.Journal
	opts     Options
	commands *command.Set

	width, height int
	look          cell.Look
	styles        cell.Styles
	slots         []slot
	above         int // lines between the header and the panes, for what is wrong now
	below         int // lines between the panes and the footer, for what has failed

	// The panes, and which has the focus.
	sessions   pane.Sessions
	streams    pane.Streams
	frames     pane.Frames
	heartbeats pane.Heartbeats
	incidents  pane.Incidents
	detail     pane.Detail
	showing    capture.SessionID // what the other panes show; 0: all sessions
	focus      pane.ID
	used       [pane.Count]int // the value of uses when each last got the focus; -1: shut
	uses       int             // how often a pane got the focus
	opened     bool            // the detail is shown, also where there is no room for it at all times
	noWaste    bool            // Waste frames are left out
	absolute   bool            // times are times of day
	dialog     dialog.Dialog   // nil: none

	// snapshot is what a frozen screen shows; nil while it follows the journal.
	snapshot *journal.Snapshot
	summary  journal.Summary
	session  *journal.SessionDetail // the one that the panes show; nil for all, and where it is not held
	wrong    []session.Incident     // those that have or may get a line, the worst first
	barren   journal.Barren         // why no session of a capture has a frame
	trouble  []session.Diagnostic   // what is wrong while no frame has come, the newest last
	failure  string                 // why what the screen shows has failed; empty: it has not
	heart    heart
	rates    rates
	now      time.Time     // of the last tick or pull; of the freeze while frozen
	pulled   time.Time     // when the journal was last asked
	drawn    time.Time     // when the screen was composed
	stale    bool          // the panes would ask for something else now
	due      chan struct{} // holds a token while a question waits for the tick
	status   status
	// tellsKeysApart says that the terminal sends for each key something of its own.
	tellsKeysApart bool

	screen   string // as it was composed
	dirty    bool   // it must be composed anew
	composed int    // how often it was composed
	looked   int    // how often the journal was asked for what is on the screen
}

// newModel returns the model of a screen that shows a journal.
func newModel(j *journal.Journal, o Options) *Model {
	if o.Clock == nil {
		o.Clock = wallClock
	}
	if o.Heartbeat.Every <= 0 || o.Heartbeat.Toward == (protocol.ByPeer[bool]{}) {
		o.Heartbeat = defaultHeartbeat()
	}
	m := &Model{
		journal: j, opts: o, commands: command.New(o.Playback != nil),
		look:  cell.Look{Profile: colorprofile.TrueColor},
		heart: heart{control: o.Control, padded: make(map[capture.SessionID]bool)},
		due:   make(chan struct{}, 1),
	}
	if o.NoColor {
		m.look.Profile = colorprofile.ASCII
	}
	m.styles = cell.NewStyles(m.look)
	m.incidents.Follow()
	m.frames.Filter(o.Match)
	m.turnTo(0)
	m.give(pane.FramesID) // so that a small screen shows it below the sessions
	m.give(pane.SessionsID)
	m.now = o.Clock()
	return m
}

// Init implements tea.Model.
func (m *Model) Init() tea.Cmd {
	// The terminal may never answer for its background: nothing waits for it.
	return tea.Batch(m.tick(), m.awaitFailure(), tea.RequestBackgroundColor)
}

// Update implements tea.Model.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tickMsg:
		m.lookForNews()
		cmd = m.tick()
	case tea.KeyPressMsg:
		cmd = m.press(msg)
		m.pullIfDue()
	case tea.KeyboardEnhancementsMsg:
		m.tellsKeysApart = msg.SupportsKeyDisambiguation()
	case tea.WindowSizeMsg:
		m.resize(msg.Width, msg.Height)
	case tea.BackgroundColorMsg:
		m.restyle(cell.Look{Profile: m.look.Profile, Light: !msg.IsDark()})
	case tea.ColorProfileMsg:
		if !m.opts.NoColor {
			m.restyle(cell.Look{Profile: msg.Profile, Light: m.look.Light})
		}
	case failedMsg:
		m.failure, m.stale = string(msg), true
		m.pullIfStale()
		cmd = m.awaitFailure()
	case injectedMsg:
		m.injected(msg)
	}
	return m, cmd
}

// View implements tea.Model. Bubble Tea calls it after every message, so the
// composed screen is kept until something on it changes.
func (m *Model) View() tea.View {
	if m.dirty {
		m.dirty, m.drawn = false, m.now
		m.composed++
		m.screen = m.compose()
	}
	v := tea.NewView(m.screen)
	v.AltScreen = true
	return v
}

// restyle changes how everything looks.
func (m *Model) restyle(l cell.Look) {
	if l != m.look {
		m.look, m.styles, m.dirty = l, cell.NewStyles(l), true
	}
}

// resize fits the screen into w × h cells.
func (m *Model) resize(w, h int) {
	m.width, m.height = w, h
	m.arrange()
	m.pull()
}

// arrange lays the panes out anew, and makes them ask.
func (m *Model) arrange() {
	m.above, m.below = m.wrongLines(), len(m.failing())
	m.slots = arrange(m.width, m.height, m.above+m.below, m.opened)
	m.stale, m.dirty = true, true
}
