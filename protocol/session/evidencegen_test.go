package session_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
	"anytls-inspect/protocol/session"
)

// A traffic makes the steps of a session, at random: of one that is well or, where it is
// faulty, of one in which both peers break what they should keep now and then.
type traffic struct {
	*rand.Rand
	faulty  bool
	aligned bool // each record ends with a frame
	steps   []script.Step
	next    uint32                         // the next stream's id
	open    protocol.ByDirection[[]uint32] // streams that the sender has not ended
	waiting []uint32                       // streams without a SYNACK
	owed    protocol.ByDirection[int]      // HeartRequests that travel in the direction
	cut     protocol.ByDirection[[]byte]   // what the sender has not sent yet
}

// newTraffic makes a session with so many events.
func newTraffic(r *rand.Rand, faulty, aligned bool, events int) *traffic {
	g := &traffic{Rand: r, faulty: faulty, aligned: aligned, next: 1}
	g.record(c2s, protocol.Preamble{Hash: protocol.HashPassword("p"), Padding: uint16(r.IntN(60))}.Append(nil))
	g.frames(c2s, frame(protocol.Settings, 0, []byte("v=2\nclient=x/1")))
	g.frames(s2c, frame(protocol.ServerSettings, 0, []byte("v=2")))
	g.flush(c2s)
	g.flush(s2c)
	for range events {
		g.event()
	}
	if r.IntN(2) == 0 {
		g.steps = append(g.steps, script.Step{Kind: script.Close, Session: 1, By: session.Closer(r.IntN(2))})
	}
	return g
}

// sometimes tells whether a peer breaks what it should keep.
func (g *traffic) sometimes() bool { return g.faulty && g.IntN(12) == 0 }

func (g *traffic) event() {
	dir := protocol.Direction(g.IntN(2))
	switch g.IntN(9) {
	case 0:
		g.wait()
	case 1:
		g.opens()
	case 2, 3:
		g.pushes(dir)
	case 4:
		g.accepts()
	case 5:
		if n := len(g.open[dir]); n > 0 {
			i := g.IntN(n)
			g.frames(dir, frame(protocol.FIN, g.open[dir][i], nil))
			if !g.sometimes() {
				g.open[dir] = slices.Delete(g.open[dir], i, i+1)
			}
		}
	case 6:
		g.owed[dir]++
		g.frames(dir, frame(protocol.HeartRequest, 0, nil))
	case 7:
		if asked := dir.Reverse(); g.owed[asked] > 0 || g.sometimes() {
			g.flush(asked)
			g.owed[asked] = max(0, g.owed[asked]-1)
			g.frames(dir, frame(protocol.HeartResponse, 0, nil))
		}
	default:
		g.frames(c2s, frame(protocol.Waste, 0, make([]byte, 1+g.IntN(900))))
	}
}

func (g *traffic) wait() {
	d := time.Duration(g.IntN(300)) * time.Millisecond
	if g.IntN(8) == 0 {
		d = time.Duration(g.IntN(8)) * time.Second
	}
	g.steps = append(g.steps, script.Step{Kind: script.Wait, Session: 1, Wait: d})
}

func (g *traffic) opens() {
	id := g.next
	if g.sometimes() && id > 2 {
		id -= 2
	} else {
		g.next += uint32(1 + g.IntN(2))
	}
	target, _ := protocol.AppendTarget(nil, protocol.Address{Host: "example.com", Port: 80})
	if g.sometimes() {
		target[0] = 9
	}
	g.frames(c2s, append(frame(protocol.SYN, id, nil), frame(protocol.PSH, id, append(target, "GET /"...))...))
	g.open[c2s] = append(g.open[c2s], id)
	g.waiting = append(g.waiting, id)
}

// accepts answers the oldest SYN.
func (g *traffic) accepts() {
	if len(g.waiting) == 0 {
		return
	}
	g.flush(c2s)
	id := g.waiting[0]
	g.waiting = g.waiting[1:]
	if !g.sometimes() {
		g.frames(s2c, frame(protocol.SYNACK, id, nil))
	}
	g.open[s2c] = append(g.open[s2c], id)
}

func (g *traffic) pushes(dir protocol.Direction) {
	if len(g.open[dir]) == 0 {
		return
	}
	id := g.open[dir][g.IntN(len(g.open[dir]))]
	if g.sometimes() {
		id += uint32(g.IntN(3))
	}
	data := make([]byte, 1+g.IntN(400))
	if g.IntN(4) == 0 {
		data = make([]byte, 1+g.IntN(20000))
		if g.aligned {
			data = data[:min(len(data), protocol.MaxRecord-protocol.HeaderLen)]
		}
	}
	if g.IntN(2) == 0 { // else zeros, which must not be taken for frames
		for i := range data {
			data[i] = byte(g.Uint32())
		}
	}
	g.frames(dir, frame(protocol.PSH, id, data))
}

// frames sends frames in records.
func (g *traffic) frames(dir protocol.Direction, wire []byte) {
	if g.aligned && len(g.cut[dir])+len(wire) > protocol.MaxRecord {
		g.flush(dir)
	}
	g.cut[dir] = append(g.cut[dir], wire...)
	if g.IntN(4) == 0 && len(g.cut[dir]) < 4000 {
		return // they share a record with what follows
	}
	for len(g.cut[dir]) > 0 {
		n := min(len(g.cut[dir]), protocol.MaxRecord)
		if !g.aligned && g.IntN(3) == 0 {
			n = 1 + g.IntN(n)
		}
		g.record(dir, g.cut[dir][:n])
		g.cut[dir] = slices.Clone(g.cut[dir][n:])
		if !g.aligned && g.IntN(4) == 0 {
			return // the rest comes later
		}
	}
}

// flush sends what was not sent yet, in one record: the other peer answers it.
func (g *traffic) flush(dir protocol.Direction) {
	for b := g.cut[dir]; len(b) > 0; b = b[min(len(b), protocol.MaxRecord):] {
		g.record(dir, b[:min(len(b), protocol.MaxRecord)])
	}
	g.cut[dir] = nil
}

func (g *traffic) record(dir protocol.Direction, b []byte) {
	g.steps = append(g.steps, script.Step{Kind: script.Data, Session: 1, Dir: dir, Wire: slices.Clone(b)})
}

// TestTrafficIsJudgedByWhatWasSeen is TestNobodyIsAccusedOfWhatWasNotSeen with sessions that are
// made at random.
func TestTrafficIsJudgedByWhatWasSeen(t *testing.T) {
	resynchronised, faults := 0, 0
	for seed := range uint64(trafficSeeds) {
		r := rand.New(rand.NewPCG(seed, 7))
		s := playedScript{steps: newTraffic(r, seed%3 > 0, seed%2 == 0, 10+r.IntN(50)).steps}
		s.cfg.KeepStreams = 64
		truth := watched(s)
		faults += len(truth.accused)
		for _, transform := range transforms() {
			touched := s
			touched.steps = transform.of(r, s.steps)
			got := watched(touched)
			resynchronised += got.notes[session.CodeResynchronised]
			if wrong := truth.compare(got); len(wrong) > 0 {
				t.Errorf("seed %d, %s:\n%s\nthe truth has %v\n%s", seed, transform.name, strings.Join(wrong, "\n"), truth.accused, excerptOf(touched.steps))
			}
		}
	}
	if resynchronised < trafficSeeds/2 || faults < trafficSeeds {
		t.Errorf("decoding went on %d times, and there are %d accusations", resynchronised, faults)
	}
}

// trafficSeeds is how many sessions are made.
const trafficSeeds = 600

// TestAllIsDecodedBehindAGap holds that behind a gap no frame is missing but those of the
// records that are, where each record ends with a frame, and the next one begins with it.
func TestAllIsDecodedBehindAGap(t *testing.T) {
	for seed := range uint64(trafficSeeds) {
		r := rand.New(rand.NewPCG(seed, 8))
		s := playedScript{steps: newTraffic(r, false, true, 10+r.IntN(50)).steps}
		touched := s
		touched.steps = withGap(r, s.steps)
		got := watched(touched)
		want := watched(s)
		lost := make(map[protocol.Direction][]seenFrame)
		kept := touched.steps
		for _, st := range s.steps {
			if st.Kind != script.Data {
				continue
			}
			i := slices.IndexFunc(kept, func(k script.Step) bool { return k.Kind == script.Data })
			if i >= 0 && kept[i].Dir == st.Dir && string(kept[i].Wire) == string(st.Wire) {
				kept = kept[i+1:]
				continue
			}
			lost[st.Dir] = append(lost[st.Dir], framesOf(st.Wire)...)
		}
		for at, frames := range want.frames {
			if n, all := len(got.frames[at]), len(frames)-len(lost[at.dir]); n < all {
				t.Errorf("seed %d: %d of %d frames of %v were decoded\n%s", seed, n, all, at.dir, excerptOf(touched.steps))
			}
		}
	}
}

// framesOf returns the frames that begin in a record; a preamble counts as one.
func framesOf(wire []byte) (frames []seenFrame) {
	for len(wire) >= protocol.HeaderLen {
		h, _ := protocol.ParseHeader(wire)
		frames = append(frames, seenFrame{header: h})
		wire = wire[min(len(wire), protocol.HeaderLen+int(h.Length)):]
	}
	return frames
}
