package pane

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestList moves a cursor through a list that grows at its end and loses its
// beginning, and holds it to the row that is chosen: it moves by a key, or since the list
// follows, and for no other reason. Where the chosen row is gone, the list says so.
func TestList(t *testing.T) {
	for _, leads := range []bool{false, true} {
		random := rand.New(rand.NewPCG(1, 2))
		var rows []uint64
		next := uint64(1)
		l := list{follow: true, leads: leads}
		wasGone := 0
		for step := range 5000 {
			for range random.IntN(4) {
				rows = append(rows, next)
				next++
			}
			if len(rows) > 60 {
				rows = rows[random.IntN(10):]
			}
			chosen, height := l.key, 1+random.IntN(20)
			from, to := l.part(rows, height)
			l.take(from, len(rows), rows[from:to])
			if len(rows) == 0 {
				continue
			}
			followed := rows[len(rows)-1]
			if leads {
				followed = rows[0]
			}
			held := slices.Contains(rows, chosen)
			switch {
			case l.follow && l.key != followed:
				t.Fatalf("step %d: %d is chosen, and the list follows %d", step, l.key, followed)
			case !l.follow && chosen != 0 && l.key != chosen:
				t.Fatalf("step %d: %d was chosen, and now %d", step, chosen, l.key)
			case !l.follow && chosen != 0 && l.gone() == held:
				t.Fatalf("step %d: %d is held: %v, and the list says that it is gone: %v", step, chosen, held, l.gone())
			case !l.gone() && (l.at() < 0 || rows[l.row] != l.key):
				t.Fatalf("step %d: chosen row %d is not in the window %v", step, l.key, l.keys)
			}
			if l.gone() {
				wasGone++
			}
			l.Move(Motion(random.IntN(int(ToEnd) + 1)))
			if random.IntN(8) > 0 {
				continue
			}
			rows = rows[min(len(rows), random.IntN(60)):] // the chosen row goes now and then
		}
		if wasGone < 50 {
			t.Errorf("the chosen row was gone %d times only", wasGone)
		}
	}
}

// TestListPastWhatIsGone: from a row that is gone, the cursor goes to the next one that is
// held, or to the one before.
func TestListPastWhatIsGone(t *testing.T) {
	for m, want := range map[Motion]uint64{LineDown: 5, LineUp: 4, ToTop: 4, ToEnd: 7} {
		var l list
		ask := func(keys ...uint64) {
			from, to := l.part(keys, 4)
			l.take(from, len(keys), keys[from:to])
		}
		ask(2, 3, 4, 5)
		l.Move(LineDown)
		ask(4, 5, 6, 7) // the chosen one was in row 1
		if !l.gone() || l.key != 3 {
			t.Fatalf("%d is chosen, and gone: %v", l.key, l.gone())
		}
		l.Move(m)
		if ask(4, 5, 6, 7); l.key != want {
			t.Errorf("after motion %d, %d is chosen, want %d", m, l.key, want)
		}
	}
}
