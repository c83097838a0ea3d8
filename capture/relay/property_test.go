package relay

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestInjectionProperty plays random sessions: random frames, cut at random into
// random records, with requests injected at random in both directions, and peers
// that answer in order, but with random delays, some beyond the timeout, and now
// and then send an unknown command. However it goes:
//
//   - what each peer receives, less what was injected, is what the other sent,
//     less what was absorbed, to the byte and in order;
//   - what was injected lies between frames, and what was absorbed is an answer
//     to it: never one that is owed to a peer;
//   - as long as nothing has timed out and every command was known, every answer to
//     the relay is absorbed;
//   - the journal's tracker pairs the same answers to the same requests.
func TestInjectionProperty(t *testing.T) {
	for seed := range uint64(300) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			// In a bubble, inject waits for its goroutine however slow the machine is.
			synctest.Test(t, func(t *testing.T) { newWorld(t, seed).play(400) })
		})
	}
}

// A world is a session without sockets: two links and the peers at their ends.
type world struct {
	t     *testing.T
	rnd   *rand.Rand
	now   time.Time
	links protocol.ByDirection[*link]
	peers protocol.ByPeer[*peer]
	track *session.Tracker
	blind bool // the tracker is not told how the gates cut the records
	// framings follow what is recorded, byte by byte.
	framings protocol.ByDirection[session.Framing]

	// Whose each answer in flight is, oldest first, by the direction that the
	// answers travel in.
	owners protocol.ByDirection[[]owner]
	doubt  bool // a request has timed out, or a command was unknown

	// Offsets of absorbed frames in what was sent, and of injected ones in what was
	// received; and how much of what was sent was recorded.
	removed, inserted protocol.ByDirection[[]int]
	recorded          protocol.ByDirection[int]
	injecting         protocol.ByDirection[bool] // the next write is an injected frame
}

type owner struct {
	injected bool
	asked    time.Time
}

// A peer is one end: what it wants to send, and what it received.
type peer struct {
	dir      protocol.Direction // that it sends in
	sent     []byte             // all that it ever wanted to send
	out      []byte             // of that, what is not on the wire yet
	received []byte
	dec      protocol.Decoder
	asked    []request // HeartRequests that it received and has not answered yet
	zero     bool      // it answers with stream id 0, whatever was asked
}

type request struct {
	stream uint32
	owner
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{t: t, rnd: rand.New(rand.NewPCG(seed, 1)), now: time.Unix(1e9, 0), blind: seed%4 == 0}
	schemes := session.NewSchemes()
	shared := gate.NewShared(time.Second, schemes, new(gate.Rooms))
	w.track = session.NewTracker(session.Config{HeartbeatTimeout: time.Second, Schemes: schemes}, &handler{w})
	for d := range w.links {
		dir := protocol.Direction(d)
		w.peers[dir.Sender()] = &peer{dir: dir, dec: protocol.NewDecoder(dir.Reverse()), zero: w.rnd.IntN(2) == 0}
		l := newLink(dir, shared)
		l.dst = &end{w: w, dir: dir}
		l.clock = func() time.Time { return w.now }
		l.emit = w.record
		l.noteSent = func(string) { w.injecting[dir] = true }
		w.links[d] = l
		w.framings[d] = session.NewFraming(dir)
	}
	toClient := w.links[protocol.ServerToClient]
	w.links[protocol.ClientToServer].onUnpadded = func() {
		toClient.look()
		synctest.Wait()
	}

	client := w.peers[protocol.Client]
	client.send(protocol.Preamble{Padding: uint16(w.rnd.IntN(40))}.Append(nil))
	client.send(w.frame(protocol.Settings, 0, []byte("v=2\nclient=x/1")))
	w.peers[protocol.Server].send(w.frame(protocol.ServerSettings, 0, []byte("v=2")))
	return w
}

func (p *peer) send(b []byte) {
	p.sent = append(p.sent, b...)
	p.out = append(p.out, b...)
}

func (w *world) frame(c protocol.Command, stream uint32, data []byte) []byte {
	b, err := protocol.AppendFrame(nil, c, stream, data)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// play takes n random steps, then lets all that is in flight arrive.
func (w *world) play(n int) {
	for range n {
		w.now = w.now.Add(time.Duration(w.rnd.IntN(20)) * time.Millisecond)
		p := w.peers[w.rnd.IntN(2)]
		switch w.rnd.IntN(8) {
		case 0:
			stream := uint32(w.rnd.IntN(3) * 7) // 0 mostly, as it should be
			p.send(w.frame(protocol.HeartRequest, stream, nil))
		case 1, 2:
			p.send(w.frame(protocol.PSH, 1, make([]byte, w.rnd.IntN(60))))
		case 3:
			p.send(w.frame(protocol.Waste, 0, make([]byte, w.rnd.IntN(20))))
		case 4:
			w.inject(p.dir.Receiver())
		case 5:
			w.answer(p)
		case 6:
			switch w.rnd.IntN(20) {
			case 0:
				w.now = w.now.Add(1500 * time.Millisecond)
			case 1:
				w.unknown(p)
			}
		default:
			w.carry(p, 1+w.rnd.IntN([]int{3, 12, 50}[w.rnd.IntN(3)]))
		}
	}
	for range 4 {
		for _, p := range w.peers {
			w.carry(p, len(p.out))
			for len(p.asked) > 0 {
				w.answer(p)
			}
		}
	}
	for _, p := range w.peers {
		w.carry(p, len(p.out))
		if err := w.links[p.dir].end(io.EOF); err != nil {
			w.t.Fatal(err)
		}
	}
	w.compare()
}

// carry puts the next n bytes of a peer on the wire, as one record.
func (w *world) carry(p *peer, n int) {
	n = min(n, len(p.out))
	if n == 0 {
		return
	}
	r := leg.NewRecord(p.out[:n])
	p.out = p.out[n:]
	if err := w.links[p.dir].carry(r); err != nil {
		w.t.Fatal(err)
	}
}

// answer lets a peer answer the oldest request that it received.
func (w *world) answer(p *peer) {
	if len(p.asked) == 0 {
		return
	}
	r := p.asked[0]
	p.asked = p.asked[1:]
	if p.zero {
		r.stream = 0
	}
	w.owners[p.dir] = append(w.owners[p.dir], r.owner)
	p.send(w.frame(protocol.HeartResponse, r.stream, nil))
}

// unknown lets a peer send a command that the protocol does not know, and a frame
// that it does: an answer, if it owes one. Whose that is, is in doubt.
func (w *world) unknown(p *peer) {
	w.doubt = true
	p.send(w.frame(protocol.Command(99), 0, nil))
	if len(p.asked) == 0 {
		p.send(w.frame(protocol.Waste, 0, nil))
	}
	w.answer(p)
}

func (w *world) inject(toward protocol.Peer) {
	in := capture.Insert{
		Toward: toward, When: capture.When(w.rnd.IntN(2)), Frame: protocol.Frame{Command: protocol.HeartRequest},
	}
	_, err := w.links[toward.Toward()].inject(in, 1)
	synctest.Wait() // the frame is written where it may go
	if err != nil && !errors.Is(err, capture.ErrNotAuthenticated) && !errors.Is(err, capture.ErrBeforeSettings) &&
		!errors.Is(err, capture.ErrDesynchronised) {
		w.t.Fatalf("inject: %v", err)
	}
}

// record plays the journal.
func (w *world) record(e *capture.Event) {
	if !e.Fate.Made() {
		if e.Fate.Kind == session.Absorbed {
			w.removed[e.Dir] = append(w.removed[e.Dir], w.recorded[e.Dir])
		}
		w.recorded[e.Dir] += len(e.Data)
	}
	if w.blind {
		w.track.Data(e.At, e.Dir, e.Data, e.Fate)
		return
	}
	w.track.Pieces(e.At, e.Dir, e.Data, e.Pieces, e.Fate, e.Continues)
	if !e.Fate.Made() {
		w.compareFraming(e)
	}
}

// compareFraming checks that the pieces of an event lead where its bytes do.
func (w *world) compareFraming(e *capture.Event) {
	got, want := w.track.Framing(e.Dir), &w.framings[e.Dir]
	for b := e.Data; len(b) > 0 && !want.State().Opaque(); {
		_, n := want.Next(b)
		b = b[n:]
	}
	gotHeader, gotLeft, _ := got.Pending()
	wantHeader, wantLeft, _ := want.Pending()
	if got.State() != want.State() || got.AtBoundary() != want.AtBoundary() || gotHeader != wantHeader || gotLeft != wantLeft ||
		!bytes.Equal(got.Buffered(), want.Buffered()) {
		w.t.Fatalf("%v: the pieces lead to %v, inside %+v with %d bytes to come and a header of %x; the bytes to %v, %+v, %d, %x",
			e.Dir, got.State(), gotHeader, gotLeft, got.Buffered(), want.State(), wantHeader, wantLeft, want.Buffered())
	}
}

// An end is the leg of a receiver.
type end struct {
	leg.Leg // nil: nothing else is called
	w       *world
	dir     protocol.Direction
}

func (e *end) Flush() error { return nil }

// Write delivers a record to the receiver, which decodes it. It spoils the record and
// the room around it, as sealing in place does.
func (e *end) Write(r leg.Record) error {
	b := bytes.Clone(r.Bytes())
	defer func() {
		const header, tag = 13, 17
		spoilt := r.Extend(header).Part(0, header+r.Len()+tag).Bytes()
		for i := range spoilt {
			spoilt[i] = 0xaa
		}
	}()
	p := e.w.peers[e.dir.Receiver()]
	injected := e.w.injecting[e.dir]
	e.w.injecting[e.dir] = false
	if injected {
		if !p.dec.AtBoundary() {
			e.w.t.Errorf("%v: injected into a frame", e.dir)
		}
		e.w.inserted[e.dir] = append(e.w.inserted[e.dir], len(p.received))
	}
	p.received = append(p.received, b...)
	for rest := b; len(rest) > 0; {
		piece, n := p.dec.Next(rest)
		rest = rest[n:]
		if piece.Kind == protocol.PieceFrame && piece.Last && piece.Header.Command == protocol.HeartRequest {
			p.asked = append(p.asked, request{piece.Header.Stream, owner{injected, e.w.now}})
		}
	}
	return nil
}

// A handler checks what the tracker makes of the recorded bytes against what
// the peers know.
type handler struct{ w *world }

// Frame checks an answer as it passes the relay.
func (h *handler) Frame(f *session.Frame) {
	w := h.w
	if f.Header.Command != protocol.HeartResponse {
		return
	}
	if len(w.owners[f.Dir]) == 0 {
		w.t.Fatal("an answer that nobody sent")
	}
	owner := w.owners[f.Dir][0]
	switch {
	case f.Fate.Kept() && !owner.injected:
		w.t.Errorf("%v: swallowed an answer that is owed to a peer", f.Dir)
	case !f.Fate.Kept() && owner.injected && !w.doubt:
		w.t.Errorf("%v: forwarded an answer to the relay without any doubt", f.Dir)
	}
}

// Notice checks whose answer the tracker took it for.
func (h *handler) Notice(n session.Notice) {
	w := h.w
	r, ok := n.(session.HeartbeatResult)
	switch {
	case !ok:
	case r.Lost || r.Unsupported:
		w.doubt = true
	default:
		dir := r.Toward.Toward().Reverse()
		owner := w.owners[dir][0]
		w.owners[dir] = w.owners[dir][1:]
		if (r.Origin == session.OriginRelay) != owner.injected {
			w.t.Errorf("%v: answer attributed to the wrong side: injected is %v", dir, owner.injected)
		}
		if want := w.now.Sub(owner.asked); r.RTT != want {
			w.t.Errorf("%v: round-trip %v, want %v", dir, r.RTT, want)
		}
	}
}

// compare checks, at the end, that all bytes have arrived.
func (w *world) compare() {
	for _, from := range w.peers {
		to := w.peers[from.dir.Receiver()]
		want := without(from.sent, w.removed[from.dir])
		got := without(to.received, w.inserted[from.dir])
		if !bytes.Equal(got, want) {
			w.t.Errorf("%v: received %d bytes less %d inserted frames, sent %d less %d absorbed: they differ",
				from.dir, len(to.received), len(w.inserted[from.dir]), len(from.sent), len(w.removed[from.dir]))
		}
		if n := len(w.owners[from.dir]); n > 0 {
			w.t.Errorf("%v: %d answers are unaccounted for", from.dir, n)
		}
		// The stream still decodes to its end: all insertions lay between frames.
		if !to.dec.AtBoundary() {
			w.t.Errorf("%v: the receiver ends inside a frame", from.dir)
		}
	}
}

// without returns b without the seven bytes at each of the offsets.
func without(b []byte, offsets []int) []byte {
	var out []byte
	at := 0
	for _, o := range offsets {
		out = append(out, b[at:o]...)
		at = o + protocol.HeaderLen
	}
	return append(out, b[at:]...)
}
