package tui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// A Model is the state of the screen. It implements tea.Model; only its own
// methods, called by one goroutine, touch it.
type Model struct {
	journal source
	opts    Options
	keys    keyMap

	width, height int
	look          look
	styles        styles
	slots         []slot

	// The panes, and which has the focus.
	sessions    sessionsPane
	streams     streamsPane
	frames      framesPane
	heartbeats  heartbeatsPane
	diagnostics diagnosticsPane
	detail      detailPane
	showing     capture.SessionID // what the other panes show; 0: all sessions
	focus       paneID
	used        [panes]int // when each last had the focus, by count
	uses        int
	opened      bool // the detail is shown, on a screen that has no room for it at all times
	noWaste     bool
	absolute    bool
	dialog      dialog // nil: none

	view    *journal.View // all that the screen shows
	asked   journal.Query // what it answers
	waiting map[capture.SessionID]queues
	rates   rates
	beat    capture.Periodic           // that goes on, as last seen
	paused  capture.Periodic           // that p turned off
	held    map[capture.SessionID]bool // sessions in which H waits for the padding's stop
	now     time.Time
	pulled  time.Time // when the view was asked for
	drawn   time.Time // when the screen was composed
	stale   bool      // the view does not answer what would be asked now
	frozen  bool
	status  status

	screen   string // as it was composed
	dirty    bool   // it must be composed anew
	composed int    // how often
}

// New returns the model of a screen that shows a journal.
func New(j *journal.Journal, o Options) *Model { return newModel(j, o) }

func newModel(j source, o Options) *Model {
	if o.Clock == nil {
		o.Clock = wallClock
	}
	if o.Heartbeat.Every <= 0 || o.Heartbeat.Toward == [2]bool{} {
		o.Heartbeat = defaultHeartbeat()
	}
	m := &Model{
		journal: j, opts: o, keys: newKeyMap(),
		look: look{profile: colorprofile.TrueColor},
		held: make(map[capture.SessionID]bool),
	}
	if o.NoColor {
		m.look.profile = colorprofile.ASCII
	}
	m.styles = newStyles(m.look)
	m.sessions.follow = true
	m.diagnostics.follow = true
	m.frames.match = o.Match
	m.turnTo(0)
	m.give(framesID) // it is what a small screen shows below
	m.give(sessionsID)
	m.view = &journal.View{}
	m.now = o.Clock()
	return m
}

// Init implements tea.Model.
func (m *Model) Init() tea.Cmd {
	// The answer, if one comes, is a message like any other: nothing waits.
	return tea.Batch(tick(), tea.RequestBackgroundColor)
}

// Update implements tea.Model.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tickMsg:
		m.tick()
		cmd = tick()
	case tea.KeyPressMsg:
		cmd = m.press(msg)
		m.pullIfDue()
	case tea.WindowSizeMsg:
		m.resize(msg.Width, msg.Height)
	case tea.BackgroundColorMsg:
		m.restyle(look{m.look.profile, !msg.IsDark()})
	case tea.ColorProfileMsg:
		if !m.opts.NoColor {
			m.restyle(look{msg.Profile, m.look.light})
		}
	case injectedMsg:
		m.injected(msg)
	}
	return m, cmd
}

// View implements tea.Model. It is called after every message, so that the
// screen is kept until something on it changes.
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

func (m *Model) restyle(l look) {
	if l != m.look {
		m.look, m.styles, m.dirty = l, newStyles(l), true
	}
}

func (m *Model) resize(w, h int) {
	m.width, m.height = w, h
	m.arrange()
	m.pull()
	// What is chosen may follow from the answer: ask for that too, so that
	// already the first screen is whole.
	m.pullIfStale()
}

// arrange lays the panes out anew.
func (m *Model) arrange() {
	m.slots = arrange(m.width, m.height, m.opened)
	m.stale, m.dirty = true, true
}

// tick looks whether there is something new.
func (m *Model) tick() {
	now := m.opts.Clock()
	if m.status.expire(now) {
		m.dirty = true
	}
	if m.frozen {
		m.pullIfStale()
		return
	}
	m.now = now
	switch {
	case m.stale || m.journal.Version() != m.view.Version:
		m.pull()
	case now.Sub(m.drawn) >= aging:
		m.refreshQueues()
		m.rates.add(now, &m.view.Totals)
		m.dirty = true
	}
}

// pullIfDue asks at once for what a key made necessary, unless the screen was
// refreshed a moment ago: then the next tick does.
func (m *Model) pullIfDue() {
	if m.opts.Clock().Sub(m.pulled) >= refresh {
		m.pullIfStale()
	}
}

func (m *Model) pullIfStale() {
	if m.stale && m.width > 0 {
		m.pull()
	}
}

// pull asks the journal for what is on the screen.
func (m *Model) pull() {
	now := m.opts.Clock()
	m.pulled, m.stale, m.dirty = now, false, true
	q := m.query()
	v := m.journal.View(q)
	if m.frozen {
		v = hold(m.view, v, m.asked, q)
	} else {
		m.now = now
	}
	m.view, m.asked = v, q
	for _, s := range m.slots {
		m.pane(m.shown(s)).answer(v)
	}
	m.followSession()
	m.chooseFrame()
	if !m.frozen {
		m.rates.add(now, &v.Totals)
		m.refreshQueues()
	}
}

// query says what is on the screen.
func (m *Model) query() journal.Query {
	q := journal.Query{Session: m.showing}
	for _, s := range m.slots {
		m.pane(m.shown(s)).ask(&q, max(s.h-2, 0))
	}
	return q
}

// followSession turns the other panes to the session that is chosen.
func (m *Model) followSession() {
	id, known := m.sessions.chosen()
	if known && id != m.showing {
		m.turnTo(id)
	}
}

// turnTo makes the other panes show a session; all where id is 0.
func (m *Model) turnTo(id capture.SessionID) {
	m.showing = id
	m.streams.show(id)
	m.frames.show(id, 0)
	m.detail.top = 0
	m.stale = true
}

// chooseFrame makes the detail pane show the chosen frame.
func (m *Model) chooseFrame() {
	if m.detail.frame != m.frames.chosen() {
		m.detail.frame = m.frames.chosen()
		if m.detail.about == ofFrame && m.onScreen(detailID) {
			m.stale = true
		}
	}
}

// freeze holds the view, or lets it go.
func (m *Model) freeze() {
	m.frozen = !m.frozen
	m.frames.until = 0
	if m.frozen {
		m.frames.until = max(m.view.Frames.Newest, 1)
		return
	}
	m.stale = true
}

// hold returns the view that a frozen screen shows: what it showed, and what was
// asked for since because it was navigated to.
func hold(old, now *journal.View, had, asks journal.Query) *journal.View {
	v := *old
	same := asks.Session == had.Session
	if !same {
		v.Session, v.Heartbeats = now.Session, now.Heartbeats
		v.StreamsAll, v.StreamsForgotten = now.StreamsAll, now.StreamsForgotten
	}
	if !same || asks.Streams != had.Streams {
		v.Streams, v.StreamsFrom = now.Streams, now.StreamsFrom
		for i := range v.Streams {
			was := func(s session.Stream) bool { return s.ID == v.Streams[i].ID }
			if n := slices.IndexFunc(old.Streams, was); same && n >= 0 {
				v.Streams[i] = old.Streams[n]
			}
		}
	}
	if asks.Sessions != had.Sessions {
		v.Sessions, v.SessionsFrom = now.Sessions, now.SessionsFrom
		for i := range v.Sessions {
			was := func(s journal.SessionRow) bool { return s.ID == v.Sessions[i].ID }
			if n := slices.IndexFunc(old.Sessions, was); n >= 0 {
				v.Sessions[i] = old.Sessions[n]
			}
		}
	}
	if asks.Diagnostics != had.Diagnostics {
		v.Diagnostics, v.DiagnosticsFrom = now.Diagnostics, now.DiagnosticsFrom
	}
	// Frames do not change, and none that is newer is asked for; but those that
	// were shown may be gone by now.
	was, is := row(old.Frames.Rows, asks.Frames.Anchor), row(now.Frames.Rows, asks.Frames.Anchor)
	switch {
	case is < 0 && was >= 0:
		v.Frames.At = was
	case len(now.Frames.Rows) > 0:
		v.Frames = now.Frames
		v.Frames.Newest = old.Frames.Newest
	}
	if asks.Detail != had.Detail || now.Detail != nil {
		v.Detail = now.Detail
	}
	if i := row(v.Frames.Rows, asks.Detail); v.Detail == nil && i >= 0 {
		v.Detail = &v.Frames.Rows[i]
	}
	return &v
}

// row returns which of the frames has this index, -1 where none has.
func row(frames []journal.Entry, index uint64) int {
	return slices.IndexFunc(frames, func(e journal.Entry) bool { return e.Index == index })
}
