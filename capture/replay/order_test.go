package replay_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture"
	"anytls-inspect/capture/replay"
	"anytls-inspect/protocol"
)

// linesAbout returns the lines with one of these words.
func (p *played) linesAbout(words ...string) []string {
	return slices.DeleteFunc(p.lines(), func(l string) bool {
		return !slices.ContainsFunc(words, func(word string) bool { return strings.Contains(l, word) })
	})
}

// TestSkewIsTold: where two taps' clocks differ, times are corrected to the client's, and what is
// left is told once, before data. Where they don't, nothing is told.
func TestSkewIsTold(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 10, 3000))
	truth := over(t, tp, segmentsOf(tp, 1460, 7))
	if lines := truth.linesAbout(" order "); len(lines) > 0 {
		t.Errorf("one clock: %q", lines)
	}
	for _, ahead := range []time.Duration{5 * ms, -5 * ms, 50 * ms, -50 * ms, time.Hour, -time.Hour} {
		segments := segmentsOf(tp, 1460, 7)
		for i := range segments {
			if segments[i].dir == down {
				segments[i].at = segments[i].at.Add(ahead)
			}
		}
		slices.SortStableFunc(segments, func(a, b segment) int { return a.at.Compare(b.at) })
		p := over(t, tp, segments)
		p.carries(t, 1, tp)
		told := p.linesAbout(" order ")
		if len(told) != 1 || p.lines()[2] != told[0] || !strings.Contains(told[0], "uncertain false: the clocks of the two directions differ by ") {
			t.Errorf("%v ahead: %q", ahead, told)
			continue
		}
		within := p.events[2].Within
		events := slices.Delete(slices.Clone(p.events), 2, 3)
		for i, e := range events {
			if want := truth.events[i]; line(&e) != line(&want) || e.At.Sub(want.At).Abs() > within {
				t.Fatalf("%v ahead, event %d: %s at %v, want %s at %v, within %v", ahead, i, line(&e), e.At, line(&want), want.At, within)
			}
		}
	}
}

// byDirection has all of one direction first.
func byDirection(segments []segment, first protocol.Direction) []segment {
	slices.SortStableFunc(segments, func(a, b segment) int {
		return cmp.Compare(a.dir^first, b.dir^first)
	})
	return segments
}

// TestByDirection: of a capture that has one direction behind the other, the very events come, with
// the very times.
func TestByDirection(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 10, 3000))
	truth := over(t, tp, segmentsOf(tp, 1460, 7))
	for _, first := range []protocol.Direction{up, down} {
		p := over(t, tp, byDirection(segmentsOf(tp, 1460, 7), first))
		wants(t, p.lines(), truth.lines()...)
		for i, e := range p.events {
			if i < len(truth.events) && !e.At.Equal(truth.events[i].At) {
				t.Errorf("%v first, %s: at %v, want %v", first, line(&e), e.At, truth.events[i].At)
			}
		}
	}
}

// TestByDirectionOnPipe: a pipe is not waited for. The order is uncertain then, and what comes
// late is there all the same.
func TestByDirectionOnPipe(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 1000, 100))
	packets := packetsOf(t, ethernet(), routeOf(50000), byDirection(segmentsOf(tp, 1460, 7), up))
	b := pcapFile(t, layers.LinkTypeEthernet, packets)
	p := play(t, replay.Config{
		Input:   struct{ io.Reader }{bytes.NewReader(b)},
		KeyLogs: []io.Reader{bytes.NewReader(tp.keys)},
	})
	check(t, p.err)
	told := p.linesAbout(" order ")
	if len(told) != 1 || !strings.Contains(told[0], "uncertain true: ") {
		t.Errorf("order: %q", told)
	}
	p.isOrderly(t)
}

// TestTooFarApart: what is waited for has a bound. Beyond, the order is uncertain, and all that
// is there is told.
func TestTooFarApart(t *testing.T) {
	tp := tapeOf(t, nil, longTalk(t, up, 4300, 16<<10-protocol.HeaderLen))
	p := over(t, tp, byDirection(segmentsOf(tp, 16<<10, 7), up))
	told := p.linesAbout(" order ")
	if len(told) != 1 || told[0] != "1 order within 0s, uncertain true: the capture has the two directions too far apart to put them into order" {
		t.Errorf("order: %q", told)
	}
	p.carries(t, 1, tp)
}

// TestNothingIsBeforeTheFirst: whatever order the packets have, no event of a session has a time
// before its first, none of a direction is before one that came earlier, and none is of the time
// behind its end.
func TestNothingIsBeforeTheFirst(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 10, 3000))
	segments := segmentsOf(tp, 1460, 7)
	slices.Reverse(segments[3:])
	for _, segments := range [][]segment{segments, byDirection(segments, down), segmentsOf(tp, 1460, 7)[5:]} {
		p := over(t, tp, segments)
		var last protocol.ByDirection[time.Time]
		for _, e := range p.events {
			if e.At.Before(p.events[0].At) {
				t.Errorf("%s: %v before the first", line(&e), p.events[0].At.Sub(e.At))
			}
			if e.Kind == capture.Data || e.Kind == capture.Gap {
				if e.At.Before(last[e.Dir]) {
					t.Errorf("%s: %v before the one before", line(&e), last[e.Dir].Sub(e.At))
				}
				last[e.Dir] = e.At
			}
			if e.Kind == capture.Closed && (e.At.Before(last[up]) || e.At.Before(last[down])) {
				t.Errorf("%s: at %v", line(&e), e.At)
			}
		}
	}
}

// TestLossHoldsNothingForLong: a packet that the capture lacks holds the other direction until some
// more have come, and not to the end.
func TestLossHoldsNothingForLong(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 300, 100))
	segments := segmentsOf(tp, 1460, 7)
	lost := len(segments) / 4
	for segments[lost].dir != down || len(segments[lost].data) == 0 {
		lost++
	}
	packets := packetsOf(t, ethernet(), routeOf(50000), slices.Delete(segments, lost, lost+1))
	b := pcapFile(t, layers.LinkTypeEthernet, packets)
	r, w := io.Pipe()
	seen := make(chan string)
	done := make(chan error)
	sink := sinkFunc(func(e *capture.Event) {
		if e.Kind == capture.Gap {
			seen <- fmt.Sprint(e.Dir)
		}
	})
	go func() {
		done <- replay.New(replay.Config{Input: r, KeyLogs: []io.Reader{bytes.NewReader(tp.keys)}}).Run(t.Context(), sink)
	}()
	_, err := w.Write(b[:len(b)*3/4])
	check(t, err)
	if dir := <-seen; dir != "s2c" { // the pipe has not ended
		t.Errorf("a gap of %s", dir)
	}
	check(t, w.Close())
	check(t, <-done)
}

// A sinkFunc is a sink.
type sinkFunc func(*capture.Event)

// Record implements [capture.Sink].
func (f sinkFunc) Record(e *capture.Event) { f(e) }
