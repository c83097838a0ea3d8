package tui

import "anytls-inspect/tui/pane"

// A slot is a place on the screen. It shows one of its panes at a time, the others
// as tabs.
type slot struct {
	x, y, w, h int // in cells; line 1 is the first that panes have
	tabs       []pane.ID
}

// Sizes of a terminal, in cells.
const (
	leastWidth, leastHeight = 40, 12  // below, there is no sensible screen
	deskWidth, deskHeight   = 110, 30 // from here on, panes stand side by side
	wallWidth, wallHeight   = 170, 40 // from here on, all panes are shown at once
	tallHeight              = 40      // from here on, a narrow screen shows the detail below the frames
)

// arrange divides a screen of w × h cells, without its first and last lines and so many
// above or below the panes, into slots. opened says that the detail of a frame or session is shown.
func arrange(w, h, taken int, opened bool) []slot {
	body := h - 2 - taken
	switch {
	case w >= wallWidth && h >= wallHeight:
		return wall(w, body)
	case w >= deskWidth && h >= deskHeight:
		return desk(w, body, opened)
	default:
		return stack(w, body, opened, h >= tallHeight)
	}
}

// stack is the layout for a terminal of the usual 80 columns: the sessions, and one
// other pane below. Where it is tall, the detail has a place of its own.
func stack(w, body int, opened, tall bool) []slot {
	top := min(max(body/3, 4), 10)
	rest := body - top
	slots := []slot{{0, 1, w, top, []pane.ID{pane.SessionsID}}}
	lower := []pane.ID{pane.StreamsID, pane.FramesID, pane.HeartbeatsID, pane.IncidentsID}
	switch {
	case !opened:
		return append(slots, slot{0, 1 + top, w, rest, lower})
	case tall:
		half := rest / 2
		return append(slots,
			slot{0, 1 + top, w, half, lower},
			slot{0, 1 + top + half, w, rest - half, []pane.ID{pane.DetailID}})
	default:
		return append(slots, slot{0, 1 + top, w, rest, append(lower, pane.DetailID)})
	}
}

// desk is the layout for a larger window. Opening the detail moves the frames to
// the left, as in the columns of a file manager: what led to it stays in sight.
func desk(w, body int, opened bool) []slot {
	top := min(max(body*3/10, 11), 14)
	rest := body - top
	left := w - min(max(w*48/100, 63), 76)
	slots := []slot{
		{0, 1, left, top, []pane.ID{pane.SessionsID}},
		{left, 1, w - left, top, []pane.ID{pane.HeartbeatsID}},
	}
	if opened {
		left = w / 2
		return append(slots,
			slot{0, 1 + top, left, rest, []pane.ID{pane.FramesID, pane.StreamsID, pane.IncidentsID}},
			slot{left, 1 + top, w - left, rest, []pane.ID{pane.DetailID}})
	}
	left = w * 42 / 100
	return append(slots,
		slot{0, 1 + top, left, rest, []pane.ID{pane.StreamsID, pane.IncidentsID}},
		slot{left, 1 + top, w - left, rest, []pane.ID{pane.FramesID}})
}

// wall is the layout for a window that has room for all panes.
func wall(w, body int) []slot {
	top := min(max(body*3/10, 12), 16)
	rest := body - top
	detail := min(max(w*38/100, 70), 80)
	side := min((w-detail)*45/100, 60)
	middle := w - detail - side
	lower := min(max(rest*45/100, 9), 18) // the advice takes some lines
	beats := min(max(w*38/100, 66), 100)
	return []slot{
		{0, 1, w - beats, top, []pane.ID{pane.SessionsID}},
		{w - beats, 1, beats, top, []pane.ID{pane.HeartbeatsID}},
		{0, 1 + top, side, rest - lower, []pane.ID{pane.StreamsID}},
		{0, 1 + top + rest - lower, side, lower, []pane.ID{pane.IncidentsID}},
		{side, 1 + top, middle, rest, []pane.ID{pane.FramesID}},
		{w - detail, 1 + top, detail, rest, []pane.ID{pane.DetailID}},
	}
}

// join puts the lines of the slots together, into body lines. Within a line, slots
// further to the left come first in the list.
func join(slots []slot, drawn [][]string, body int) []string {
	rows := make([]string, body)
	for i, s := range slots {
		for n, text := range drawn[i] {
			if y := s.y - 1 + n; y < body {
				rows[y] += text
			}
		}
	}
	return rows
}
