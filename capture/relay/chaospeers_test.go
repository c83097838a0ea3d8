package relay_test

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"anytls-inspect/protocol"
)

// A departure is how a client ends its session.
type departure uint8

const (
	inOrder    departure = iota // when all is done: it sends close_notify, and reads to the end of the stream
	inAHurry                    // when all is done: it closes its connection, and reads no more
	inTheMid                    // it closes its connection, whatever is under way
	byReset                     // the same, by a reset
	departures                  // how many there are
)

// early tells whether something may be under way when the client ends the session.
func (d departure) early() bool { return d != inOrder && d != inAHurry }

// A chaosSession is one session: what its client means to do, and both of its ends.
type chaosSession struct {
	number    int
	tagged    bool // see end
	ours      bool // the client is one of package peer
	leaves    departure
	transfers []*transfer
	address   string      // of the client's connection
	failure   error       // TLS did not stand
	client    *end        // nil where TLS did not stand
	server    *end        // nil where TLS did not stand
	tooLong   atomic.Bool // it was given up
}

// A transfer is a stream: so many bytes up and down, and then the server's FIN. Its last
// three fields are the reader's, until ended is closed.
type transfer struct {
	up, down int
	got      int
	whole    bool
	ended    chan struct{}
}

// sizes tells the server how many bytes go up and down.
func (t *transfer) sizes() []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(t.up)<<32|uint64(t.down))
}

// sessionPatience is for how long a session may go on. What is drawn takes far less.
const sessionPatience = 45 * time.Second

// drawSession draws what a client does in a session.
func drawSession(number int, rnd *rand.Rand) *chaosSession {
	s := &chaosSession{number: number, tagged: rnd.IntN(2) == 0}
	switch rnd.IntN(12) {
	case 0, 1:
		s.leaves = departure(1 + rnd.IntN(int(departures)-1))
	case 2, 3, 4, 5:
		s.ours, s.tagged, s.leaves = true, false, inAHurry
	}
	for range 1 + rnd.IntN(6) {
		most := 256 << 10
		if rnd.IntN(20) == 0 {
			most = 4 << 20
		}
		s.transfers = append(s.transfers, &transfer{
			up: int(spread(rnd, most)), down: int(spread(rnd, most)), ended: make(chan struct{}),
		})
	}
	return s
}

// play is the client of a session, from its first byte to its last.
func (s *chaosSession) play(c *chaos, rnd *rand.Rand) {
	conn, err := c.dial(s)
	if err != nil {
		s.failure = err
		return
	}
	defer conn.Close()
	given := time.AfterFunc(sessionPatience, func() { s.tooLong.Store(true); _ = conn.NetConn().Close() })
	defer given.Stop()
	s.client = newEnd(conn, protocol.ClientToServer, c.seed, s.tagged)
	e := s.client
	open := make(map[uint32]*transfer) // e.mu guards it
	e.take = func(h protocol.Header, data []byte) {
		e.mu.Lock()
		defer e.mu.Unlock()
		t := open[h.Stream]
		switch {
		case t == nil:
		case h.Command == protocol.PSH:
			t.got += len(data)
		case h.Command == protocol.FIN:
			t.whole = t.got == t.down
			delete(open, h.Stream)
			close(t.ended)
		}
	}
	e.sent.preamble = protocol.Preamble{Hash: protocol.HashPassword("chaos"), Padding: uint16(rnd.IntN(100))}
	if _, err := conn.Write(e.sent.preamble.Append(nil)); err != nil {
		s.failure = err
		return
	}
	text := protocol.SettingsText{Version: 2, Client: "chaos/1", PaddingMD5: c.scheme.MD5()}.Append(nil)
	e.push(protocol.Settings, 0, text)
	e.start(rand.New(rand.NewPCG(rnd.Uint64(), 0)))

	stop := make(chan struct{})
	var beats, streams sync.WaitGroup
	every := time.Duration(20+rnd.IntN(100)) * time.Millisecond
	beats.Go(func() { e.beat(every, stop) })
	room := make(chan struct{}, 1+rnd.IntN(3)) // how many streams are open at a time
	for i, t := range s.transfers {
		room <- struct{}{}
		noise := rand.New(rand.NewPCG(rnd.Uint64(), 1))
		e.open(uint32(i+1), t, open)
		streams.Go(func() {
			e.transfer(uint32(i+1), t, noise)
			<-room
		})
		c.pause(time.Duration(spread(rnd, 300))*time.Millisecond, e.over)
		if s.leaves.early() && i == len(s.transfers)/2 || c.timeIsUp() {
			s.transfers = s.transfers[:i+1]
			break
		}
	}
	if !s.leaves.early() {
		streams.Wait()
	}
	close(stop)
	beats.Wait()
	switch s.leaves {
	case inAHurry:
		e.awaitAnswers()
	case inOrder:
		e.awaitAnswers()
		e.finish()
		<-e.over
	case byReset:
		_ = conn.NetConn().(*net.TCPConn).SetLinger(0)
	}
	e.kill()
	e.loops.Wait()
	streams.Wait()
}

// open opens a stream, where the session still goes on.
func (e *end) open(id uint32, t *transfer, open map[uint32]*transfer) {
	head, err := protocol.AppendTarget(nil, protocol.Address{Host: "chaos.test", Port: 80})
	if err != nil {
		panic(err)
	}
	head = append(head, t.sizes()...)
	e.mu.Lock()
	defer e.mu.Unlock()
	open[id] = t
	if e.pushLocked(protocol.SYN, id, nil) {
		e.pushLocked(protocol.PSH, id, head)
	}
}

// transfer sends what goes up in a stream, and waits for the stream's end.
func (e *end) transfer(id uint32, t *transfer, noise *rand.Rand) {
	if !e.pushNoise(id, t.up, noise) {
		return
	}
	select {
	case <-t.ended:
	case <-e.over:
	}
}

// serve is the server's end of a session.
func (c *chaos) serve(conn *tls.Conn, rnd *rand.Rand) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(sessionPatience))
	s := c.session(numberOf(conn))
	e := newEnd(conn, protocol.ServerToClient, c.seed, s.tagged)
	every := rnd.IntN(200)
	sizes, noises := rand.New(rand.NewPCG(rnd.Uint64(), 2)), rand.New(rand.NewPCG(rnd.Uint64(), 3)) // the writer's, the reader's
	var streams sync.WaitGroup
	up := make(map[uint32]*upload)
	e.take = func(h protocol.Header, data []byte) {
		switch h.Command {
		case protocol.Settings:
			e.push(protocol.ServerSettings, 0, []byte("v=2"))
		case protocol.SYN:
			up[h.Stream] = &upload{all: make(chan struct{})}
			e.push(protocol.SYNACK, h.Stream, nil)
		case protocol.PSH:
			u := up[h.Stream]
			if u == nil {
				return
			}
			if u.begun {
				u.take(len(data))
			} else if down, begins := u.begin(data); begins {
				noise := rand.New(rand.NewPCG(noises.Uint64(), 4))
				streams.Go(func() { e.answer(h.Stream, u, down, noise) })
			}
		}
	}
	c.mu.Lock()
	s.server = e
	c.mu.Unlock()
	beats := make(chan struct{})
	go func() { // until the end is over
		defer close(beats)
		if every >= 20 {
			e.beat(time.Duration(every)*time.Millisecond, nil)
		}
	}()
	e.start(sizes)
	e.loops.Wait()
	<-beats
	streams.Wait()
}

// An upload is what the server knows of a stream.
type upload struct {
	head  []byte // the target, and how many bytes go up and down
	begun bool
	left  int           // bytes to come
	all   chan struct{} // closed when all have come
}

// begin takes what a stream begins with. Once that is whole it returns how many bytes are to
// be sent down.
func (u *upload) begin(data []byte) (down int, begins bool) {
	u.head = append(u.head, data...)
	_, n, err := protocol.ParseTarget(u.head)
	if err != nil || len(u.head) < n+8 {
		return 0, false // where what was sent was changed the accounts tell
	}
	sizes := binary.BigEndian.Uint64(u.head[n:])
	u.begun, u.left = true, int(sizes>>32)
	u.take(0)
	return int(uint32(sizes)), true
}

func (u *upload) take(n int) {
	u.left -= n
	if u.left == 0 {
		close(u.all)
	}
}

// answer sends what goes down, and ends the stream when all that goes up has come.
func (e *end) answer(id uint32, u *upload, down int, noise *rand.Rand) {
	if !e.pushNoise(id, down, noise) {
		return
	}
	select {
	case <-u.all:
		e.push(protocol.FIN, id, nil)
	case <-e.over:
	}
}

// pause waits for a while, or until over is closed.
func (c *chaos) pause(d time.Duration, over <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-over:
	}
}

// dial connects a client through both faulty paths and the relay.
func (c *chaos) dial(s *chaosSession) (*tls.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), sessionPatience)
	defer cancel()
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", c.near.addr())
	if err != nil {
		return nil, err
	}
	s.address = raw.LocalAddr().String()
	conn := tls.Client(raw, &tls.Config{RootCAs: c.rig.ca.Pool(), ServerName: chaosName(s.number), DynamicRecordSizingDisabled: true})
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return conn, nil
}
