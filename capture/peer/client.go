package peer

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// defaultName is what clients call themselves: NAME/VER.
const defaultName = "anytls-inspect/0"

// A ClientConfig says how to open a session. Address and Password are needed.
type ClientConfig struct {
	Address  string // of the server, host:port
	Password string
	// TLS is the client's side of TLS; nil is the zero Config. Where it neither
	// has a ServerName nor skips verification, the name is the address's host.
	TLS *tls.Config
	// Name is what the client calls itself in Settings, NAME/VER.
	Name string
	// Scheme shapes the first writes; nil is the default scheme.
	Scheme *protocol.PaddingScheme
	// Rand draws the sizes of padding; nil is a random one. It is used by one
	// goroutine at a time: it must not be shared with another client.
	Rand rand.Source
	// Sink records the session, as number Session; nil records nothing.
	Sink    capture.Sink
	Session capture.SessionID
	// Recorder takes the connection as it is below TLS; nil: nothing does.
	Recorder capture.Recorder
}

// A Client is the client's end of a session. It is safe for concurrent use.
type Client struct {
	e          *endpoint
	lastStream uint32 // by whom the writer's turn is held
	closing    sync.Once

	settled chan struct{} // closed with the server's first ServerSettings

	mu            sync.Mutex
	learned       *protocol.PaddingScheme // what the server sent; nil: none
	serverVersion int
	steps         [StepSettings + 1]time.Duration
}

// Dial connects to a server, makes the TLS handshake and sends the preamble. ctx
// bounds that, and not the session. What fails is a [*StepError]. That the server does not take the password
// shows later, as [ErrClosedByPeer].
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
	conn, err := connect(ctx, cfg, t, &c.steps)
	if err != nil {
		t.end(session.ClosedByClient, err.Error())
		return nil, err
	}
	shaper := &shaper{scheme: cfg.Scheme, rand: rand.New(cfg.Rand)}
	c.e = newEndpoint(conn, protocol.ClientToServer, shaper, t)
	c.e.role = c
	if err := c.greet(cfg, shaper); err != nil {
		conn.Close()
		t.end(session.ClosedByClient, err.Error())
		return nil, err
	}
	c.e.start(nil)
	return c, nil
}

// connect opens the connection, makes the handshake, and notes how long each
// took.
func connect(ctx context.Context, cfg ClientConfig, t *trace, took *[StepSettings + 1]time.Duration) (*tls.Conn, error) {
	tlsConfig := cfg.TLS.Clone()
	if tlsConfig == nil {
		tlsConfig = new(tls.Config)
	}
	// Each write is to be one record: their sizes carry meaning.
	tlsConfig.DynamicRecordSizingDisabled = true
	if tlsConfig.ServerName == "" && !tlsConfig.InsecureSkipVerify {
		host, _, err := net.SplitHostPort(cfg.Address)
		if err != nil {
			return nil, err
		}
		tlsConfig.ServerName = host
	}
	began := time.Now()
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", cfg.Address)
	if err != nil {
		return nil, &StepError{StepTCP, err}
	}
	took[StepTCP] = time.Since(began)
	t.begin(raw)
	raw = newRecordedConn(raw, began, cfg, tlsConfig)
	began = time.Now()
	conn := tls.Client(raw, tlsConfig)
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, &StepError{StepTLS, err}
	}
	took[StepTLS] = time.Since(began)
	sni := tlsConfig.ServerName
	if net.ParseIP(sni) != nil {
		sni = "" // an address is verified, but not sent
	}
	t.established(conn.ConnectionState(), sni)
	return conn, nil
}

// greet writes the preamble, padding0 included, in one write, which the Go
// servers need, and holds the Settings back for the first write after it.
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

// OpenStream opens a stream to target. It does not wait for the server's SYNACK:
// a refusal is what the stream's first Read returns. ctx bounds the wait for the
// session's other writers. The caller closes the stream.
func (c *Client) OpenStream(ctx context.Context, target protocol.Address) (*Stream, error) {
	return c.openStream(ctx, target, nil)
}

// openStream opens a stream whose payload begins with the target and then head.
func (c *Client) openStream(ctx context.Context, target protocol.Address, head []byte) (*Stream, error) {
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
	// The turn is held, so that ids go out in their order.
	c.lastStream++
	s := newStream(c.e, c.lastStream)
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
		c.e.fail(err)
		return nil, c.e.cause()
	}
	return s, nil
}

// Heartbeat sends a HeartRequest, waits for its answer and returns the
// round-trip: from the request's write to the answer's read. Where ctx ends
// first it returns ctx's error; a late answer then changes nothing.
//
// A server of version 1 may never answer: see [Client.ServerVersion].
func (c *Client) Heartbeat(ctx context.Context) (time.Duration, error) { return c.e.heartbeat(ctx) }

// LearnedScheme returns the padding scheme that the server sent for sessions
// opened after this one, nil where it sent none.
func (c *Client) LearnedScheme() *protocol.PaddingScheme {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.learned
}

// ServerVersion returns the version in the server's ServerSettings, 0 while
// there are none: before the first stream or heartbeat, or from a server of
// version 1.
func (c *Client) ServerVersion() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.serverVersion
}

// Open returns how many of the session's streams are open.
func (c *Client) Open() int { return c.e.open() }

// Done is closed when the session has ended.
func (c *Client) Done() <-chan struct{} { return c.e.done }

// Err returns why the session ended: [net.ErrClosed] after Close, an
// [*AlertError], [ErrClosedByPeer], or what TLS said; nil while it has not ended.
func (c *Client) Err() error { return c.e.cause() }

// Close ends the session, its streams and its goroutines. A closing session
// sends no FINs. It always returns nil.
func (c *Client) Close() error {
	c.e.fail(net.ErrClosed)
	c.e.loops.Wait()
	c.closing.Do(func() {
		by, reason := session.ClosedByServer, ""
		switch err := c.e.cause(); {
		case errors.Is(err, net.ErrClosed):
			by = session.ClosedByClient
		case !errors.Is(err, ErrClosedByPeer):
			reason = err.Error()
		}
		c.e.trace.end(by, reason)
	})
	return nil
}
