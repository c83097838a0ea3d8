package interop

import (
	"fmt"
	"slices"
)

// findings are what is not as it has to be: some whatever the machine did meanwhile, and some that a
// machine which was late itself can bring about, since something had no answer in its time.
type findings struct{ sure, late []string }

func (f *findings) surely(format string, args ...any) { f.add(false, format, args...) }
func (f *findings) maybe(format string, args ...any)  { f.add(true, format, args...) }

func (f *findings) add(late bool, format string, args ...any) {
	to := &f.sure
	if late {
		to = &f.late
	}
	*to = append(*to, fmt.Sprintf(format, args...))
}

// of adds those of a pair, with its name in front.
func (f *findings) of(pair Pair, more findings) {
	for _, text := range more.sure {
		f.surely("%v: %s", pair, text)
	}
	for _, text := range more.late {
		f.maybe("%v: %s", pair, text)
	}
}

func (f *findings) all() []string { return slices.Concat(f.sure, f.late) }

// excusable tells whether all of them are such that a machine can bring about.
func (f *findings) excusable() bool { return len(f.sure) == 0 && len(f.late) > 0 }
