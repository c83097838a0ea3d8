package tui

// A paneID names a pane. The number keys are these, from 1.
type paneID int

const (
	sessionsID paneID = iota
	streamsID
	framesID
	heartbeatsID
	diagnosticsID
	detailID
	panes // how many there are
)

// String returns the pane's title.
func (p paneID) String() string {
	return [...]string{"Sessions", "Streams", "Frames", "Heartbeats", "Diagnostics", "Detail"}[p]
}

// A slot is a place on the screen. It shows one of its panes at a time, the
// others as tabs.
type slot struct {
	x, y, w, h int
	tabs       []paneID
}

const (
	leastWidth, leastHeight = 40, 12  // below, there is no sensible screen
	deskWidth, deskHeight   = 110, 30 // from here on, panes stand side by side
	wallWidth, wallHeight   = 170, 40 // from here on, all at once
	tallHeight              = 40      // from here on, a narrow screen shows the detail below the frames
)

// arrange divides the screen, its first and last lines left out. opened says
// that a frame or session is looked at in detail.
func arrange(w, h int, opened bool) []slot {
	body := h - 2
	switch {
	case w >= wallWidth && h >= wallHeight:
		return wall(w, body)
	case w >= deskWidth && h >= deskHeight:
		return desk(w, body, opened)
	default:
		return stack(w, body, opened)
	}
}

// stack is for a terminal of the usual 80 columns: the sessions, and one other
// pane below.
func stack(w, body int, opened bool) []slot {
	top := min(max(body/3, 4), 10)
	rest := body - top
	slots := []slot{{0, 1, w, top, []paneID{sessionsID}}}
	lower := []paneID{streamsID, framesID, heartbeatsID, diagnosticsID}
	switch {
	case !opened:
		return append(slots, slot{0, 1 + top, w, rest, lower})
	case body+2 >= tallHeight:
		half := rest / 2
		return append(slots,
			slot{0, 1 + top, w, half, lower},
			slot{0, 1 + top + half, w, rest - half, []paneID{detailID}})
	default:
		return append(slots, slot{0, 1 + top, w, rest, append(lower, detailID)})
	}
}

// desk is for a larger window. Looking at something in detail moves the frames
// to the left, as the columns of a file manager do: what led here stays in
// sight.
func desk(w, body int, opened bool) []slot {
	top := min(max(body*3/10, 11), 14)
	rest := body - top
	left := w - min(max(w*48/100, 63), 76)
	slots := []slot{
		{0, 1, left, top, []paneID{sessionsID}},
		{left, 1, w - left, top, []paneID{heartbeatsID}},
	}
	if opened {
		left = w / 2
		return append(slots,
			slot{0, 1 + top, left, rest, []paneID{framesID, streamsID, diagnosticsID}},
			slot{left, 1 + top, w - left, rest, []paneID{detailID}})
	}
	left = w * 42 / 100
	return append(slots,
		slot{0, 1 + top, left, rest, []paneID{streamsID, diagnosticsID}},
		slot{left, 1 + top, w - left, rest, []paneID{framesID}})
}

// wall shows everything.
func wall(w, body int) []slot {
	top := min(max(body*3/10, 12), 16)
	rest := body - top
	detail := min(max(w*38/100, 70), 80)
	side := min((w-detail)*45/100, 60)
	middle := w - detail - side
	lower := min(max(rest/3, 9), 14)
	beats := min(max(w*38/100, 66), 100)
	return []slot{
		{0, 1, w - beats, top, []paneID{sessionsID}},
		{w - beats, 1, beats, top, []paneID{heartbeatsID}},
		{0, 1 + top, side, rest - lower, []paneID{streamsID}},
		{0, 1 + top + rest - lower, side, lower, []paneID{diagnosticsID}},
		{side, 1 + top, middle, rest, []paneID{framesID}},
		{w - detail, 1 + top, detail, rest, []paneID{detailID}},
	}
}

// join puts the drawn slots together. They stand in columns of equal height or
// below one another; rows are filled from the left.
func join(slots []slot, drawn [][]string, body int) []string {
	rows := make([]string, body)
	// The slots are in an order in which, in each row, those to the left come
	// first.
	for i, s := range slots {
		for n, text := range drawn[i] {
			if y := s.y - 1 + n; y < body {
				rows[y] += text
			}
		}
	}
	return rows
}
