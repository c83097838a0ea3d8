package process

import (
	"os/exec"
	"testing"
)

// A program does not outlive who started it, even one that was killed.
func TestNothingIsLeftOfTheKilled(t *testing.T) {
	phone := newPhone(t)
	c := program(t, "parent", phone.addr())
	parent := exec.Command(c.Words[0], c.Words[1:]...)
	parent.Env = c.Env
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	one, other := phone.answer(), phone.answer()
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // says that it was killed
	hungUp(t, one)
	hungUp(t, other)
}

// Nobody connects to a program to see whether it listens: servers log that.
func TestReadyLeavesAlone(t *testing.T) {
	p := listens(t)
	p.Stop()
	if text := logged(t, p); text != "" {
		t.Errorf("it says %q", text)
	}
}
