//go:build unix

package process

import "testing"

// What a wrapper has started ends with it.
func TestStopEndsTheGroup(t *testing.T) {
	phone := newPhone(t)
	p := start(t, program(t, "wrapper", phone.addr()), Values{})
	one, other := phone.answer(), phone.answer()
	p.Stop()
	hungUp(t, one)
	hungUp(t, other)
	if err := p.Ended(); err != nil {
		t.Error("it was stopped, and is said to have ended by itself:", err)
	}
}

// A program that does not end when it is asked is killed.
func TestStopKills(t *testing.T) {
	phone := newPhone(t)
	p := start(t, program(t, "deaf", phone.addr()), Values{})
	conn := phone.answer()
	p.Stop()
	hungUp(t, conn)
}

// What a program leaves behind does not outlive it, though it ended by itself.
func TestGroupEndsWithTheProgram(t *testing.T) {
	left, own := newPhone(t), newPhone(t)
	p := start(t, program(t, "leaver", left.addr(), own.addr()), Values{})
	conn := left.answer()
	own.answer().Close()
	ended(t, p)
	hungUp(t, conn)
	if err := p.Ended(); err == nil {
		t.Error("it is not said to have ended by itself")
	}
}
