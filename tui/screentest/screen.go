package screentest

import (
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/hinshun/vt10x"
)

// A Screen is that of a terminal which a program draws on. It is safe for concurrent use.
type Screen struct {
	over chan struct{}

	mu       sync.Mutex // guards what follows
	emulator vt10x.Terminal
	raw      strings.Builder
	changed  chan struct{} // closed when something was written
}

// Watch emulates a terminal of w × h cells, which answers nothing. Host is the end of a pseudo-terminal
// that has what the program writes. The goroutine that reads it ends when it or the program's end is
// closed.
func Watch(host io.Reader, w, h int) *Screen {
	s := &Screen{over: make(chan struct{}), emulator: vt10x.New(vt10x.WithSize(w, h)), changed: make(chan struct{})}
	go s.read(host)
	return s
}

// read keeps what the program writes.
func (s *Screen) read(host io.Reader) {
	defer close(s.over)
	b, kept := make([]byte, 1<<16), 0
	for {
		n, err := host.Read(b[kept:])
		if err != nil {
			return
		}
		n += kept
		s.mu.Lock()
		s.raw.Write(b[kept:n])
		whole := n // the emulator wants whole characters
		for whole > 0 && n-whole < utf8.UTFMax && !utf8.Valid(b[:whole]) {
			whole--
		}
		_, _ = s.emulator.Write(b[:whole])
		kept = copy(b, b[whole:n])
		close(s.changed)
		s.changed = make(chan struct{})
		s.mu.Unlock()
	}
}

// Over returns a channel that is closed when nothing more will be written.
func (s *Screen) Over() <-chan struct{} { return s.over }

// Look returns what the screen shows, and a channel that is closed when something more is written.
func (s *Screen) Look() (shown string, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.emulator.String(), s.changed
}

// Raw returns all that was written.
func (s *Screen) Raw() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw.String()
}
