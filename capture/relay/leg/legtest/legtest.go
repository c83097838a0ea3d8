package legtest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"anytls-inspect/capture/internal/tlstest"
	"anytls-inspect/capture/relay/leg"
)

// patience bounds every wait: none takes that long unless its test fails.
const patience = 20 * time.Second

// A Kind does the handshake on a socket by cfg, as the client of TLS or as its server, and
// returns the leg. It may change cfg.
type Kind func(s *leg.Socket, cfg *tls.Config, client bool) (leg.Leg, error)

// Run holds a kind to the contract of [leg.Leg].
func Run(t *testing.T, kind Kind) {
	for _, tc := range append(ofTCP(), []promise{
		{"Records", testRecords},
		{"Segments", testSegments},
		{"LongRecord", testLongRecord},
		{"Room", testRoom},
		{"NoData", testNoData},
		{"Flush", testFlush},
		{"FullBatch", testFullBatch},
		{"BeforeWait", testBeforeWait},
		{"Notes", testNotes},
		{"Remarks", testRemarks},
		{"Undecided", testUndecided},
		{"UndecidedBound", testUndecidedBound},
		{"TellReceived", testTellReceived},
		{"CloseNotify", testCloseNotify},
		{"OwnCloseNotify", testOwnCloseNotify},
		{"Truncation", testTruncation},
		{"Reset", testReset},
		{"Drain", testDrain},
		{"CloseWrite", testCloseWrite},
		{"Abort", testAbort},
		{"WatchGivesWay", testWatchGivesWay},
		{"LimitReads", testLimitReads},
		{"Concurrent", testConcurrent},
	}...) {
		t.Run(tc.name, func(t *testing.T) {
			for _, version := range [...]uint16{tls.VersionTLS12, tls.VersionTLS13} {
				for role, client := range map[string]bool{"client": true, "server": false} {
					t.Run(tls.VersionName(version)+" "+role, func(t *testing.T) {
						tc.test(t, setup{kind: kind, version: version, client: client})
					})
				}
			}
		})
	}
}

// A promise is one of those of the contract.
type promise struct {
	name string
	test func(*testing.T, setup)
}

// A setup says which leg is tested.
type setup struct {
	kind    Kind
	version uint16
	client  bool // the leg is the client of TLS
}

// A pair is a leg and its far end.
type pair struct {
	t       testing.TB
	leg     leg.Leg
	buffers *leg.Buffers
	far     *tls.Conn
	below   *bottom // of far
	sent    *tape   // what the leg sends
	keys    bytes.Buffer
}

// connect connects a leg with its far end, behind the handshake.
func (s setup) connect(t *testing.T) *pair {
	t.Helper()
	near, far := dial(t)
	p := &pair{t: t, buffers: new(leg.Buffers), below: &bottom{TCPConn: far}, sent: new(tape)}
	socket := leg.NewSocket(near, p.buffers)
	socket.SetRecorder(p.sent, time.Now)
	clientCfg := &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // a test's own server
		MaxVersion:         s.version, DynamicRecordSizingDisabled: true,
	}
	serverCfg := &tls.Config{
		Certificates: []tls.Certificate{tlstest.ECDSACert()},
		MaxVersion:   s.version, DynamicRecordSizingDisabled: true,
	}
	cfg, farCfg := serverCfg, clientCfg
	p.far = tls.Client(p.below, clientCfg)
	if s.client {
		cfg, farCfg = clientCfg, serverCfg
		clientCfg.ClientSessionCache = tls.NewLRUClientSessionCache(1) // so the server sends a ticket
		p.far = tls.Server(p.below, serverCfg)
	}
	farCfg.KeyLogWriter = &p.keys
	_ = far.SetDeadline(time.Now().Add(patience))
	shaken := make(chan error, 1)
	go func() { shaken <- p.far.Handshake() }()
	var err error
	p.leg, err = s.kind(socket, cfg, s.client)
	if err = errors.Join(err, <-shaken); err != nil {
		t.Fatal(err)
	}
	p.leg.LimitReads(patience)
	p.sent.reset()
	t.Cleanup(func() {
		_ = p.leg.Close()
		_ = far.Close()
		socket.Release()
		if n := p.buffers.InUse(); n != 0 {
			t.Errorf("%d bytes of buffers did not come back", n)
		}
	})
	return p
}

// dial returns both ends of a TCP connection.
func dial(t *testing.T) (near, far *net.TCPConn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	a, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return a.(*net.TCPConn), b.(*net.TCPConn)
}

// A bottom is the TCP connection of the far end. It can hold back what is written.
type bottom struct {
	*net.TCPConn
	holds bool
	held  []byte
}

// Write implements [net.Conn].
func (b *bottom) Write(p []byte) (int, error) {
	if b.holds {
		b.held = append(b.held, p...)
		return len(p), nil
	}
	return b.TCPConn.Write(p)
}

// SetWriteDeadline implements [net.Conn], and does nothing: crypto/tls lets no more be
// written behind close_notify, but a test does.
func (b *bottom) SetWriteDeadline(time.Time) error { return nil }

// seal returns what the far end would send for records, and sends none of it.
func (p *pair) seal(records ...[]byte) []byte {
	p.t.Helper()
	p.below.holds = true
	for _, r := range records {
		p.say(r)
	}
	p.below.holds = false
	b := p.below.held
	p.below.held = nil
	return b
}

// say lets the far end write a record.
func (p *pair) say(record []byte) {
	p.t.Helper()
	if _, err := p.far.Write(record); err != nil {
		p.t.Errorf("the far end writes: %v", err)
	}
}

// raw lets the far end send bytes below TLS.
func (p *pair) raw(b []byte) {
	p.t.Helper()
	if _, err := p.below.TCPConn.Write(b); err != nil {
		p.t.Errorf("the far end sends: %v", err)
	}
}

// hear checks that the far end reads one record.
func (p *pair) hear(want []byte) {
	p.t.Helper()
	buf := make([]byte, 2*leg.MaxPlaintext)
	n, err := p.far.Read(buf)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil // crypto/tls has read close_notify behind it, and says it again
	}
	if err != nil || !bytes.Equal(buf[:n], want) {
		p.t.Fatalf("the far end reads %s, %v; want %s", brief(buf[:n]), err, brief(want))
	}
}

// next checks that the leg's next record is want.
func (p *pair) next(want []byte) {
	p.t.Helper()
	r, err := p.leg.Next()
	if err != nil || !bytes.Equal(r.Bytes(), want) {
		p.t.Fatalf("Next returns %s, %v; want %s", brief(r.Bytes()), err, brief(want))
	}
}

// ends checks that the leg has ended with want, for good.
func (p *pair) ends(want error) {
	p.t.Helper()
	for range 3 {
		if r, err := p.leg.Next(); !errors.Is(err, want) || r.Len() > 0 {
			p.t.Fatalf("Next returns %d bytes, %v; want %v", r.Len(), err, want)
		}
	}
}

// write lets the leg write a record, which waits for a flush.
func (p *pair) write(b []byte) {
	p.t.Helper()
	if err := p.leg.Write(leg.NewRecord(b)); err != nil {
		p.t.Fatalf("Write: %v", err)
	}
}

func (p *pair) flush() {
	p.t.Helper()
	if err := p.leg.Flush(); err != nil {
		p.t.Fatalf("Flush: %v", err)
	}
}

// reset lets the far end reset the connection.
func (p *pair) reset() {
	p.t.Helper()
	if err := errors.Join(p.below.SetLinger(0), p.below.Close()); err != nil {
		p.t.Fatal(err)
	}
}

// data returns n bytes that differ with seed.
func data(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)*7 + byte(i>>8) + seed
	}
	return b
}

// brief writes a record for a message.
func brief(b []byte) string {
	if len(b) > 20 {
		b = append(b[:20:20], "…"...)
	}
	return string(append([]byte("\""), append(b, '"')...))
}
