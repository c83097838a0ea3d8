package replay_test

import "testing"

// TestNoStallBehindAGap: acknowledgements that wait for bytes which the capture lacks say that
// what came behind these does not stand, also where a second tap has each packet once more.
func TestNoStallBehindAGap(t *testing.T) {
	s := newStall(t, 0)
	s.upload(500)
	s.segments = s.segments[:len(s.segments)-1] // lost
	s.answers(0, 60000)
	for i := range 6 {
		s.ms(1000 + 1000*i)
		g := s.upload(500)
		s.answers(0, 60000)
		s.ms(1400 + 1000*i)
		s.again(g)
	}
	s.fin()
	if p := over(t, s.tp, s.segments); len(s.stands(p)) > 0 {
		t.Errorf("got %q", s.stands(p))
	}
}

// TestNoStallByCopies: packets that two interfaces captured are not sent again, where the capture
// lacks the acknowledgement of others that were sent long before.
func TestNoStallByCopies(t *testing.T) {
	s := newStall(t, 0)
	s.upload(500) // its acknowledgement is lost
	s.ms(1500)
	first, second := s.upload(500), s.upload(500)
	s.again(first)
	s.again(second)
	s.ms(1600)
	s.answers(0, 60000)
	s.fin()
	if p := over(t, s.tp, s.segments); len(s.stands(p)) > 0 {
		t.Errorf("got %q", s.stands(p))
	}
}
