package leg

import (
	"slices"
	"testing"
	"time"

	"anytls-inspect/capture"
)

// A listener is a recorder that notes what it is told of what is sent.
type listener struct {
	capture.LegRecorder // nil: nothing else is told
	told                []string
	sent                func() // called while bytes are told; nil: nothing is
}

func (l *listener) Bytes(_ time.Time, _ capture.Way, b []byte, note string) {
	if len(b) == 0 {
		return
	}
	l.told = append(l.told, string(b)+note)
	if f := l.sent; f != nil {
		l.sent = nil
		f()
	}
}

func (l *listener) Remark(_ time.Time, text string) { l.told = append(l.told, text) }

func (*listener) Fin(time.Time, capture.Way) {}

func (l *listener) Close() { l.told = append(l.told, "closed") }

// TestRemarksKeepTheirOrder: a remark that is made while somebody writes does not overtake those
// that were made before it, and have their places among what is written.
func TestRemarksKeepTheirOrder(t *testing.T) {
	s, _ := connect(t)
	l := &listener{}
	s.SetRecorder(l, time.Now)
	s.corks.Add(1)
	write := func(text string) {
		if _, err := s.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	s.RemarkSent(time.Now(), "first")
	write("two")
	s.RemarkSent(time.Now(), "second")
	l.sent = func() { s.RemarkSent(time.Now(), "while it is written") }
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	if want := []string{"one", "first", "two", "second", "while it is written"}; !slices.Equal(l.told, want) {
		t.Errorf("told %q, want %q", l.told, want)
	}
}

// TestRemarksOfWhatIsNotSent: remarks among bytes that a leg never sends are told before its end.
func TestRemarksOfWhatIsNotSent(t *testing.T) {
	s, _ := connect(t)
	l := &listener{}
	s.SetRecorder(l, time.Now)
	s.corks.Add(1)
	if _, err := s.Write([]byte("one")); err != nil {
		t.Fatal(err)
	}
	s.RemarkSent(time.Now(), "behind it")
	_ = s.Close()
	s.Release()
	if want := []string{"behind it", "closed"}; !slices.Equal(l.told, want) {
		t.Errorf("told %q, want %q", l.told, want)
	}
}
