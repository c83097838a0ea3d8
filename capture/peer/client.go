package peer

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/advice"
	"anytls-inspect/protocol"
)

// defaultName is what clients call themselves in their Settings, as NAME/VER.
const defaultName = "anytls-inspect/0"

// A ClientConfig says how to open a session. Address and Password are needed.
type ClientConfig struct {
	Address  string // of the server, host:port
	Password string
	// TLS is the client's side of TLS; nil is the zero Config. Where it neither
	// has a ServerName nor skips verification, the ServerName is Address's host.
	TLS *tls.Config
	// Certificate is what the server is shown where it asks for a certificate; nil: none.
	Certificate *tls.Certificate
	// KeepAlive is how long the connection is idle before TCP probes it, and then the
	// time between two probes; 0: never.
	KeepAlive time.Duration
	// Name is what the client calls itself in its Settings, as NAME/VER; "" is the
	// name of this program.
	Name string
	// Scheme shapes the first writes; nil is the default scheme.
	Scheme *protocol.PaddingScheme
	// Rand draws the sizes of padding; nil has a random seed. The client uses it from
	// one goroutine at a time. It must not be shared with another client.
	Rand rand.Source
	// Sink takes the session's events, with the id Session; nil: nobody does.
	Sink    capture.Sink
	Session capture.SessionID
	// Recorder takes the connection's bytes below TLS; nil: nobody does.
	Recorder capture.Recorder
	// Plaintext is as [ServerConfig.Plaintext], but the padding scheme may cut frames.
	Plaintext func(net.Conn) net.Conn
}

// A Client is the client's end of a session. It is safe for concurrent use.
type Client struct {
	e          *endpoint
	lastStream uint32 // the last stream id; it belongs to whoever holds the writer's turn
	closing    sync.Once

	settled chan struct{} // closed with the server's first ServerSettings
	sni     string        // what the server was shown; empty: no name. It does not change
	// certificate is what the server was shown, if it asked.
	certificate advice.ClientCertificate

	mu            sync.Mutex
	learned       *protocol.PaddingScheme // from the server; nil: it sent none
	serverVersion int                     // 0: it sent none
	settledAt     time.Time               // when its first ServerSettings were read
	greetedAt     time.Time               // when the Settings were written, once Greet knows
	steps         [StepSettings + 1]time.Duration
}

// Dial connects to a server, makes the TLS handshake and sends the preamble. ctx
// bounds that, and not the session. A connection or a handshake that fails is a
// [*StepError]. A password that the server refuses mostly shows later, as a
// [*RejectedError].
//
// The caller closes the client, even when the session has ended by itself.
func Dial(ctx context.Context, cfg ClientConfig) (*Client, error) {
	if cfg.Scheme == nil {
		scheme, err := protocol.ParsePaddingScheme([]byte(protocol.DefaultPaddingScheme))
		if err != nil {
			return nil, err
		}
		cfg.Scheme = scheme
	}
	if cfg.Name == "" {
		cfg.Name = defaultName
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.NewPCG(rand.Uint64(), rand.Uint64())
	}
	t := &trace{sink: cfg.Sink, id: cfg.Session}
	c := &Client{settled: make(chan struct{})}
	c.certificate.Given = cfg.Certificate
	conn, err := c.connect(ctx, cfg, t)
	if err != nil {
		c.unopened(ctx, t, err)
		return nil, err
	}
	shaper := &shaper{scheme: cfg.Scheme, rand: rand.New(cfg.Rand)}
	c.e = newEndpoint(plaintext(conn, cfg.Plaintext), protocol.ClientToServer, shaper, t)
	c.e.role, c.e.beginning = c, newBeginning(c.sni)
	err = c.greet(cfg, shaper)
	c.e.start(nil)
	if err != nil {
		c.e.broken(err)
		err = c.explain(c.e.cause())
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// connect connects and makes the TLS handshake, and sets how long each step took.
func (c *Client) connect(ctx context.Context, cfg ClientConfig, t *trace) (*tls.Conn, error) {
	tlsConfig := cfg.TLS.Clone()
	if tlsConfig == nil {
		tlsConfig = new(tls.Config)
	}
	// Each write is to be one record: the sizes of records carry meaning.
	tlsConfig.DynamicRecordSizingDisabled = true
	tlsConfig.GetClientCertificate = c.certificate.Get
	host, _, err := net.SplitHostPort(cfg.Address)
	if err != nil {
		return nil, err
	}
	if tlsConfig.ServerName == "" && !tlsConfig.InsecureSkipVerify {
		tlsConfig.ServerName = host
	}
	sni := tlsConfig.ServerName
	if net.ParseIP(sni) != nil {
		sni = "" // crypto/tls verifies an address, but does not send it
	}
	began := time.Now()
	raw, err := newDialer(cfg.KeepAlive).DialContext(ctx, "tcp", cfg.Address)
	if err != nil {
		return nil, &StepError{StepTCP, err}
	}
	c.steps[StepTCP] = time.Since(began)
	t.begin(raw)
	raw = newRecordedConn(raw, began, cfg, tlsConfig)
	began = time.Now()
	conn := tls.Client(raw, tlsConfig)
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, &StepError{StepTLS, &advice.ServerError{Err: err, SNI: sni, Host: host, Certificate: &c.certificate}}
	}
	c.steps[StepTLS] = time.Since(began)
	c.sni = sni
	t.established(conn.ConnectionState(), sni)
	return conn, nil
}

// newDialer returns a dialer whose connections have keepalives where they are asked for.
func newDialer(keepAlive time.Duration) *net.Dialer {
	if keepAlive <= 0 {
		return &net.Dialer{KeepAlive: -1}
	}
	return &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: keepAlive, Interval: keepAlive}}
}

// greet writes the preamble with padding0 in one write, since the Go servers read it in
// one read. It holds the Settings back for the write that follows, which is packet 1 of
// the padding scheme.
func (c *Client) greet(cfg ClientConfig, s *shaper) error {
	preamble := protocol.Preamble{Hash: protocol.HashPassword(cfg.Password), Padding: s.padding0()}
	settings := protocol.SettingsText{Version: 2, Client: cfg.Name, PaddingMD5: cfg.Scheme.MD5()}.Append(nil)
	held, err := protocol.AppendFrame(nil, protocol.Settings, 0, settings)
	if err != nil {
		return err
	}
	c.e.w.held = held
	return c.e.w.emit(preamble.Append(nil))
}

// OpenStream opens a stream to target. It does not wait for the server's SYNACK: where
// the server refuses, the stream's first Read returns a [*RefusedError]. ctx bounds
// the wait for the session's other writers. The caller closes the stream.
func (c *Client) OpenStream(ctx context.Context, target protocol.Address) (*Stream, error) {
	return c.openStream(ctx, target, nil, nil)
}

// openStream opens a stream whose payload begins with target and head. Who waits for its
// first frame gives a; else it is nil.
func (c *Client) openStream(ctx context.Context, target protocol.Address, head []byte, a *answering) (*Stream, error) {
	payload, err := protocol.AppendTarget(nil, target)
	if err != nil {
		return nil, err
	}
	payload = append(payload, head...)
	w := c.e.w
	select {
	case <-w.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.e.done:
		return nil, c.e.cause()
	}
	defer w.release()
	// Whoever holds the turn takes the next id, so that ids go out in their order.
	c.lastStream++
	s := newStream(c.e, c.lastStream)
	s.first = a
	if err := c.e.register(s); err != nil {
		return nil, err
	}
	syn, psh := frame{protocol.SYN, s.id, nil}, frame{protocol.PSH, s.id, payload}
	if w.begun() {
		err = errors.Join(w.write(syn), w.write(psh))
	} else {
		err = w.write(syn, psh)
	}
	if err != nil {
		c.e.broken(err)
		return nil, c.e.cause()
	}
	return s, nil
}

// OpenDatagrams opens a stream of datagrams. In a connected one datagrams carry no
// address, and all go to destination. In any other, each datagram carries its address,
// and destination is only a hint. It fails as OpenStream does, or with
// [protocol.ErrHostTooLong]. The caller closes the Datagrams.
func (c *Client) OpenDatagrams(ctx context.Context, destination protocol.Address, connected bool) (*Datagrams, error) {
	request, err := protocol.UoTRequest{Connect: connected, Destination: destination}.Append(nil)
	if err != nil {
		return nil, err
	}
	s, err := c.openStream(ctx, protocol.Address{Host: protocol.UoTHost}, request, nil)
	if err != nil {
		return nil, err
	}
	return &Datagrams{stream: s, connected: connected, in: bufio.NewReaderSize(s, maxDatagram)}, nil
}

// Try opens a stream to target, waits for the server's first frame on it, and closes the
// stream. It sends nothing but the target's address. Where ctx ends first it returns ctx's
// error. Where the session ends it fails with Err's error and what to do.
//
// A server of version 1 sends nothing on a stream whose target doesn't, and keeps to itself
// that it has connected.
func (c *Client) Try(ctx context.Context, target protocol.Address) (Answer, error) {
	a := &answering{asked: time.Now(), came: make(chan Answer, 1)}
	s, err := c.openStream(ctx, target, nil, a)
	switch {
	case err != nil && c.e.cause() != nil:
		return Answer{}, c.explain(c.e.cause())
	case err != nil:
		return Answer{}, err
	}
	defer s.Close()
	select {
	case got := <-a.came:
		return got, nil
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	case <-c.e.done:
		return Answer{}, c.explain(c.e.cause())
	}
}

// Heartbeat sends a HeartRequest, waits for its HeartResponse and returns the
// round-trip: from the write of the request to the read of the response. Where ctx
// ends first it returns ctx's error; a late response is not taken for another's. Where
// the session ends it fails as Err does.
//
// A server of version 1 may never answer: see [Client.ServerVersion].
func (c *Client) Heartbeat(ctx context.Context) (time.Duration, error) { return c.e.heartbeat(ctx) }

// LearnedScheme returns the padding scheme that the server sent for later sessions
// (UpdatePaddingScheme), or nil where it sent none.
func (c *Client) LearnedScheme() *protocol.PaddingScheme {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.learned
}

// ServerVersion returns the version in the server's ServerSettings, or 0 where none
// came. The server sends them once it has the Settings, which go out with the first
// stream or heartbeat, or with [Client.Greet]. A server of version 1 never sends them.
func (c *Client) ServerVersion() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.serverVersion
}

// Open returns the number of open streams.
func (c *Client) Open() int { return c.e.open() }

// Done is closed when the session has ended.
func (c *Client) Done() <-chan struct{} { return c.e.done }

// Err returns why the session ended: [net.ErrClosed] after Close, an [*AlertError],
// [ErrClosedByPeer], or the error of the connection. It returns nil before that.
func (c *Client) Err() error { return c.e.cause() }

// Close ends the session and its streams, and waits for its goroutines. It sends no
// FINs, as the protocol says of a session that closes. It always returns nil.
func (c *Client) Close() error {
	c.e.fail(net.ErrClosed)
	c.e.loops.Wait()
	c.closing.Do(c.ended)
	return nil
}
