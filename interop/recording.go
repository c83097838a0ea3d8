package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"anytls-inspect/protocol/session"
)

// Lines keeps all that the relay prints.
type Lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements [io.Writer].
func (l *Lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// tellings are the frames that the relay told of, by their routes.
type tellings map[Route]*Told

func (t tellings) add(r Route, ev frameLine) {
	if t[r] == nil {
		t[r] = new(Told)
	}
	t[r].Frames = append(t[r].Frames, ev.frame())
	t[r].Injected = append(t[r].Injected, ev.Injected)
	if ev.Absorbed {
		t[r].Absorbed++
	}
}

// Told is what the relay told of the frames on one route.
type Told struct {
	Frames   []Frame
	Injected []bool // says of each frame whether it was injected
	Absorbed int    // how many frames were absorbed
}

// frameLine has the fields of the line of a frame.
type frameLine struct {
	Event, Dir              string
	Session, Len            int
	Code                    any
	Stream                  uint32
	Injected, Absorbed, Cut bool
	Fate                    string
	Rule                    int
	Held                    session.Millis `json:"held_ms"`
}

// frames returns the lines of whole frames, in order.
func (l *Lines) frames() ([]frameLine, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var frames []frameLine
	for line := range bytes.Lines(l.text.Bytes()) {
		var ev frameLine
		if err := json.Unmarshal(line, &ev); err != nil {
			return nil, err
		}
		if ev.Event == "frame" && !ev.Cut {
			frames = append(frames, ev)
		}
	}
	return frames, nil
}

func (f *frameLine) frame() Frame { return Frame{int(f.Code.(float64)), f.Stream, f.Len, f.fate()} }

// fate says what became of a frame, in the dissector's words.
func (f *frameLine) fate() string {
	text := f.Fate
	switch {
	case text != "":
	case f.Injected:
		text = "injected"
	case f.Absorbed:
		text = "absorbed"
	case f.Rule != 0:
		text = "forwarded"
	}
	if f.Held != 0 {
		text += " for " + f.Held.Duration().String()
	}
	if f.Rule != 0 {
		text += fmt.Sprintf(" by rule %d", f.Rule)
	}
	return text
}

// Frames returns the frames that the relay told of, by each route that they took. An
// injected frame went out on one leg only, an absorbed frame came in on one leg only.
func (l *Lines) Frames() (map[Route]*Told, error) {
	frames, err := l.frames()
	if err != nil {
		return nil, err
	}
	told := make(tellings)
	for _, ev := range frames {
		from, to := "client", "server"
		if ev.Dir == "s2c" {
			from, to = to, from
		}
		if !ev.Injected {
			told.add(Route{ev.Session, from, ev.Dir}, ev)
		}
		if !ev.Absorbed {
			told.add(Route{ev.Session, to, ev.Dir}, ev)
		}
	}
	return told, nil
}

// Same tells whether a recording has the same frames. The recording may lack frames that
// were injected at the very end: the relay tells of a frame first, and may find then that
// the connection is gone. injected is how many frames in the recording were injected.
func (t *Told) Same(recorded []Frame) (injected int, same bool) {
	if t == nil {
		return 0, len(recorded) == 0
	}
	n := len(t.Frames)
	for n > len(recorded) && t.Injected[n-1] {
		n--
	}
	for _, is := range t.Injected[:n] {
		if is {
			injected++
		}
	}
	return injected, slices.Equal(t.Frames[:n], recorded)
}

// begins tells whether a recording has the first of the frames, in order.
func (t *Told) begins(recorded []Frame) bool {
	return t != nil && len(recorded) <= len(t.Frames) && slices.Equal(t.Frames[:len(recorded)], recorded)
}
