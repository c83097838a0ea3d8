package process

import (
	"fmt"
	"net"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"
)

// burnt lets the burner at the other end of a connection take CPU time.
func burnt(t *testing.T, conn net.Conn, rounds int) {
	t.Helper()
	if _, err := fmt.Fprint(conn, rounds); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
}

const (
	someRounds = 20_000_000       // take some 20 ms
	atLeast    = time.Millisecond // however fast the machine is
)

func TestCPU(t *testing.T) {
	phone := newPhone(t)
	p := start(t, program(t, "burner", phone.addr()), Values{})
	conn := phone.answer()
	before, err := CPU(p.pid())
	if err != nil {
		t.Fatal(err)
	}
	burnt(t, conn, someRounds)
	once, err := CPU(p.pid())
	if err != nil {
		t.Fatal(err)
	}
	burnt(t, conn, someRounds)
	twice, err := p.CPU()
	if err != nil {
		t.Fatal(err)
	}
	if once-before < atLeast || twice-once < atLeast {
		t.Errorf("CPU time is %v, %v after some work, %v after more", before, once, twice)
	}
	p.Stop()
	if took, err := p.CPU(); err == nil {
		t.Errorf("a program that is gone took %v", took)
	}
}

// The account is in nanoseconds: a little work shows, which is far less than a tick of the clock.
func TestCPUIsFine(t *testing.T) {
	phone := newPhone(t)
	p := start(t, program(t, "burner", phone.addr()), Values{})
	conn := phone.answer()
	for range 10 {
		before, err := p.CPU()
		if err != nil {
			t.Fatal(err)
		}
		burnt(t, conn, 1)
		after, err := p.CPU()
		if err != nil {
			t.Fatal(err)
		}
		if after <= before {
			t.Fatalf("CPU time went from %v to %v", before, after)
		}
	}
}

// The work of what a wrapper has started is the wrapper's.
func TestCPUOfTheFamily(t *testing.T) {
	burner, wrapper := newPhone(t), newPhone(t)
	p := start(t, program(t, "burner's wrapper", burner.addr(), wrapper.addr()), Values{})
	conn := burner.answer()
	wrapper.answer()
	for name, cpu := range map[string]func() (time.Duration, error){
		"group": p.CPU,
		"below": func() (time.Duration, error) { return CPU(p.pid()) },
	} {
		before, err := cpu()
		if err != nil {
			t.Fatal(err)
		}
		burnt(t, conn, someRounds)
		after, err := cpu()
		if err != nil {
			t.Fatal(err)
		}
		if after-before < atLeast {
			t.Errorf("%s: CPU time went from %v to %v", name, before, after)
		}
	}
}

func TestCPUOfNobody(t *testing.T) {
	for _, pid := range []int{-1, 0, 1 << 30} {
		if took, err := CPU(pid); err == nil {
			t.Errorf("CPU(%d) = %v", pid, took)
		}
	}
	if took, err := CPU(os.Getpid()); err != nil || took <= 0 {
		t.Errorf("CPU of this process = %v, %v", took, err)
	}
}

func TestRelated(t *testing.T) {
	all := []relation{
		{pid: 5, parent: 40, group: 40}, // ids have gone round: a child with a lower one
		{pid: 40, parent: 20, group: 40},
		{pid: 20, parent: 1, group: 20},
		{pid: 21, parent: 1, group: 20}, // its parent is gone
		{pid: 22, parent: 21, group: 22},
		{pid: 30, parent: 1, group: 30},
	}
	for _, tt := range []struct {
		pid, group int
		want       []int
	}{
		{20, 0, []int{5, 40}},
		{20, 20, []int{5, 21, 22, 40}},
		{30, 0, nil},
		{30, 30, nil},
	} {
		got := related(all, tt.pid, tt.group)
		slices.Sort(got)
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("related(%d, %d) = %v, want %v", tt.pid, tt.group, got, tt.want)
		}
	}
}

func TestParseStat(t *testing.T) {
	for stat, want := range map[string]relation{
		"12 (cat) S 3 4 5 6":           {parent: 3, group: 4},
		"12 (a) b ) S 3) R 30 40 50 6": {parent: 30, group: 40},
		"12 (cat) S 3":                 {},
		"12 (cat) S x 4":               {group: 4},
		"":                             {},
	} {
		got, ok := parseStat([]byte(stat))
		if got != want || ok != (want.parent > 0) {
			t.Errorf("parseStat(%q) = %v, %v", stat, got, ok)
		}
	}
}
