package relay

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/advice"
	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A liveSession is a session that has not ended: two legs, and a link in each
// direction between them.
type liveSession struct {
	relay    *Relay
	id       capture.SessionID // 0 until the client has sent something
	accepted time.Time         // when the client had connected
	client   *leg.Socket
	server   *leg.Socket // nil until the server was dialed
	// greeting is what the server is shown; it belongs to the handshake until that is done.
	greeting greeting
	legs     protocol.ByPeer[leg.Leg]    // set before the links
	links    protocol.ByDirection[*link] // nil until TLS stands on both legs; relay.mu guards them
	paths    protocol.ByPeer[path]       // only Relay.lookAfter uses them

	mu       sync.Mutex
	finished bool
	howEnded
	saysMore bool // who ended it may have said why, in what it sent before it reset its connection
	// broken says that a leg is gone, and both are to be reset in the end.
	broken    bool
	over      bool                       // nothing runs any more
	salvaging *time.Timer                // of salvage; nil: not set
	calling   *time.Timer                // of lastCall; nil: not set
	cutting   *time.Timer                // of cut; nil: not set
	ended     protocol.ByPeer[bool]      // the peer has ended its stream; some of it may wait
	draining  protocol.ByPeer[bool]      // what the peer sends behind close_notify is being read
	goneSince protocol.ByPeer[time.Time] // when the end of the peer's stream had been read
	freed     protocol.ByPeer[bool]      // the leg of a peer that is gone is closed

	// What each peer's TCP had acknowledged when last looked at, and when that last changed.
	// They belong to lastCall, of which one alarm at a time is set.
	took   protocol.ByPeer[uint64]
	tookAt protocol.ByPeer[time.Time]
}

// serve relays the session from its first byte to its last.
func (s *liveSession) serve(ctx context.Context) {
	if !s.relay.begins(ctx, s.client) {
		s.relay.probed(s.client)
		return
	}
	s.relay.begin(s)
	defer s.conclude()
	s.setRecorder(capture.ClientLeg, s.client, s.accepted, s.accepted)
	s.emit(&capture.Event{
		Kind: capture.Opened, At: s.accepted, Route: s.relay.cfg.Name,
		Client: s.client.RemoteAddr().String(), Server: s.relay.cfg.Server,
	})
	conns, info, err := s.handshake(ctx)
	if info[protocol.Server] != nil { // where err is not nil, it stood alone
		s.emit(&capture.Event{Kind: capture.Established, At: s.relay.clock(), TLS: info[protocol.Client], ServerTLS: info[protocol.Server]})
	}
	switch {
	case err != nil && ctx.Err() != nil && !errors.Is(err, advice.ErrNobodyWaits):
		s.finish(session.ClosedByRelay, "")
		return
	case err != nil:
		s.finishAs(neverStood(err), false)
		return
	}
	s.carry(ctx, conns)
}

// conclude closes what is still open, and says how the session ended.
func (s *liveSession) conclude() {
	s.endAlarms()
	s.relay.remove(s)
	for _, socket := range [...]*leg.Socket{s.client, s.server} {
		if socket != nil {
			_ = socket.Close()
			socket.Release()
		}
	}
	for _, l := range s.links {
		if l != nil {
			l.hush()
		}
	}
	s.mu.Lock()
	how := s.howEnded
	s.mu.Unlock()
	s.emit(&capture.Event{Kind: capture.Closed, At: s.relay.clock(), By: how.by, Reason: how.why, TLSFailed: how.tlsFailed})
}

// carry runs both links until both have ended.
func (s *liveSession) carry(ctx context.Context, conns protocol.ByPeer[*tls.Conn]) {
	shared := gate.NewShared(s.relay.cfg.HeartbeatTimeout, s.relay.cfg.Schemes, &s.relay.rooms)
	s.legs = protocol.ByPeer[leg.Leg]{
		leg.NewStd(s.client, conns[protocol.Client]), leg.NewStd(s.server, conns[protocol.Server]),
	}
	var rules *rule.Session
	if book := s.relay.cfg.Rules; book != nil {
		rules = book.Session(s.id, s.relay.cfg.Name, s.accepted)
	}
	var links protocol.ByDirection[*link]
	for d := range links {
		dir := protocol.Direction(d)
		from, to := dir.Sender(), dir.Receiver()
		l := newLink(dir, shared)
		l.src, l.dst = s.legs[from], s.legs[to]
		l.emit, l.clock = s.emit, s.relay.clock
		l.onEnd = func() { s.streamEnded(from) }
		l.onFailure = func(err error) { s.writeFailed(dir, err) }
		l.newTicket = s.relay.ticket
		if rules != nil {
			l.ruled, l.onCut = true, func(st *rule.Step) { s.cut(dir, st) }
			l.gate.SetRules(rules.Judge(dir))
		}
		setNotes(l, s.legs[from], s.legs[to])
		s.legs[from].BeforeWait(l.beforeWait)
		links[d] = l
	}
	toClient := links[protocol.ServerToClient]
	for d, l := range links {
		l.answers = links[protocol.Direction(d).Reverse()]
	}
	links[protocol.ClientToServer].onUnpadded = toClient.look

	s.relay.ready(s, links)
	stop := context.AfterFunc(ctx, s.stop)
	defer stop()

	var wg sync.WaitGroup
	for d, l := range links {
		dir := protocol.Direction(d)
		wg.Go(func() { s.linkEnded(dir, l, l.run()) })
	}
	wg.Wait()
	s.mu.Lock()
	broken := s.broken
	s.mu.Unlock()
	if broken {
		s.reset()
	}
}

// setRecorder begins the recording of a leg, where it is wanted.
func (s *liveSession) setRecorder(l capture.Leg, socket *leg.Socket, asked, answered time.Time) {
	if s.relay.cfg.Recorder == nil {
		return
	}
	to := s.relay.cfg.Recorder.Leg(capture.LegInfo{
		Session: s.id, Leg: l, Relay: addrPort(socket.LocalAddr()), Peer: addrPort(socket.RemoteAddr()),
		Asked: asked, Answered: answered,
		Note: capture.SessionNote{
			Server: s.relay.cfg.Server, Route: s.relay.cfg.Name, Periodic: s.relay.cfg.Registry.Periodic(), Rules: s.relay.cfg.Rules != nil,
		}.String(),
	})
	if to != nil {
		socket.SetRecorder(to, s.relay.clock)
		if s.relay.cfg.Rules != nil { // the first frames may come with the end of the handshake
			socket.HoldAnswers(func() bool { return true })
		}
	}
}

func addrPort(a net.Addr) netip.AddrPort { return a.(*net.TCPAddr).AddrPort() }

// setNotes makes a link tell the recorders of its two legs what they can't see
// below TLS.
func setNotes(l *link, from, to leg.Leg) {
	if to.HasRecorder() {
		l.noteSent = to.NoteSent
	}
	if from.HasRecorder() {
		from.HoldAnswers(func() bool { return l.ruled || l.shared.AnswerDue(l.dir) })
		if l.ruled {
			from.HoldUndecided(l.undecided)
		}
		l.noteReceived = from.NoteReceived
	}
}

// emit hands an event to the sink, with the session's number filled in. What does not show
// below TLS it tells the recordings of both legs, too.
func (s *liveSession) emit(e *capture.Event) {
	e.Session = s.id
	s.relay.sink.Record(e)
	note := capture.StateNote(e) // which only events of sessions have whose links run
	switch {
	case note == "":
	case e.Kind == capture.Applied && e.Dir == protocol.ClientToServer:
		s.client.Remark(e.At, note)
		s.server.RemarkSent(e.At, note)
	case e.Kind == capture.Applied:
		s.client.RemarkSent(e.At, note)
		s.server.Remark(e.At, note)
	default:
		s.client.Remark(e.At, note)
		s.server.Remark(e.At, note)
	}
}
