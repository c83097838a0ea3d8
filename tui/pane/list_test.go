package pane

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestList moves a cursor through a list that grows at its end and loses its
// beginning, and holds it to the row that is chosen.
func TestList(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var rows []uint64
	next := uint64(1)
	l := list{follow: true}
	ask := func(height int) {
		w := l.window(height)
		from := w.From
		if i := slices.Index(rows, w.Anchor); w.Anchor != 0 && i >= 0 {
			from = i - w.Above
		}
		from = max(min(from, len(rows)-w.Limit), 0)
		l.take(from, len(rows), rows[from:min(from+w.Limit, len(rows))])
	}
	for step := range 5000 {
		for range random.IntN(4) {
			rows = append(rows, next)
			next++
		}
		if len(rows) > 60 {
			rows = rows[random.IntN(10):]
		}
		chosen := l.key
		height := 1 + random.IntN(20)
		ask(height)
		switch {
		case len(rows) == 0:
			continue
		case l.follow && l.key != rows[len(rows)-1]:
			t.Fatalf("step %d: follows %d, newest is %d", step, l.key, rows[len(rows)-1])
		case !l.follow && chosen != 0 && slices.Contains(rows, chosen) && l.key != chosen:
			t.Fatalf("step %d: %d was chosen, and now %d", step, chosen, l.key)
		case l.at() < 0 || rows[l.row] != l.key:
			t.Fatalf("step %d: chosen row %d is not in the window %v", step, l.key, l.keys)
		}
		l.Move(Motion(random.IntN(int(ToEnd) + 1)))
	}
}
