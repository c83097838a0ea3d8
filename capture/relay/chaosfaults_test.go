package relay_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"
)

// A faultyPath is a network of faults: it accepts connections, carries the bytes of
// each to an address, and does to them what it draws for the connection.
type faultyPath struct {
	ln    net.Listener
	to    string
	seed  uint64
	until time.Time // no stall begins after it
	quit  context.Context
	wg    sync.WaitGroup

	mu      sync.Mutex
	changed sync.Cond
	conns   []*faultyConn
	newest  map[string]*faultyConn // the newest of each address from which they go on
	open    int                    // of conns
}

// A fatal is a fault that a connection does not survive.
type fatal uint8

const (
	survives  fatal = iota
	resets          // both ends get a reset
	truncates       // both ends get the end of the stream, most likely inside of a TLS record
	halfCuts        // the receiver gets the end of the stream; the other direction goes on
	fatals          // how many there are
)

// Faults are what happens to a connection.
type faults struct {
	// How likely a chunk that comes is late, comes byte by byte at first, or stands still.
	late, crumbs, stalls float64
	fatal                fatal
	dir                  int   // in which direction the fatal fault happens: 0 is from who connected
	after                int64 // bytes of that direction
}

const (
	longestDelay  = 15 * time.Millisecond
	shortestStall = 100 * time.Millisecond
	longestStall  = 4 * time.Second
	mostStalls    = 2   // of a direction
	mostCrumbs    = 600 // of a chunk
)

// drawFaults draws what happens to one connection. A third of them only carry bytes.
func drawFaults(rnd *rand.Rand) (f faults) {
	if rnd.IntN(3) == 0 {
		return f
	}
	f.late, f.crumbs, f.stalls = 0.2*rnd.Float64(), 0.1*rnd.Float64(), 0.02*rnd.Float64()
	if rnd.IntN(3) == 0 {
		f.fatal, f.dir = fatal(1+rnd.IntN(int(fatals)-1)), rnd.IntN(2)
		f.after = spread(rnd, 1<<20)
	}
	return f
}

// spread draws a number from 1 to most, small ones as often as large ones.
func spread(rnd *rand.Rand, most int) int64 {
	return int64(math.Exp(rnd.Float64() * math.Log(float64(most))))
}

// A faultyConn is one connection over a faultyPath.
type faultyConn struct {
	path *faultyPath
	ends [2]*net.TCPConn // who connected, and whom it is connected to
	out  string          // the address from which it goes on
	faults

	mu      sync.Mutex
	number  int // that the client's SNI names; 0: it is not known
	hello   []byte
	stood   time.Duration // how long either direction stood still, all in all
	happens fatal         // the fatal fault that has happened
}

func newFaultyPath(quit context.Context, t testing.TB, to string, seed uint64, until time.Time) *faultyPath {
	p := &faultyPath{ln: listen(t), to: to, seed: seed, until: until, quit: quit, newest: make(map[string]*faultyConn)}
	p.changed.L = &p.mu
	context.AfterFunc(quit, func() { _ = p.ln.Close() })
	p.wg.Go(p.accept)
	return p
}

func (p *faultyPath) addr() string { return p.ln.Addr().String() }

// accept carries each connection, until the listener is closed.
func (p *faultyPath) accept() {
	for n := uint64(0); ; n++ {
		in, err := p.ln.Accept()
		if err != nil {
			return
		}
		c := &faultyConn{path: p}
		c.faults = drawFaults(rand.New(rand.NewPCG(p.seed, n)))
		p.count(1)
		p.wg.Go(func() {
			defer p.count(-1)
			defer in.Close()
			out, err := net.Dial("tcp", p.to)
			if err != nil {
				return
			}
			defer out.Close()
			c.ends, c.out = [2]*net.TCPConn{in.(*net.TCPConn), out.(*net.TCPConn)}, out.LocalAddr().String()
			p.mu.Lock()
			p.conns = append(p.conns, c)
			p.newest[c.out] = c
			p.mu.Unlock()
			stop := context.AfterFunc(p.quit, c.reset)
			defer stop()
			var both sync.WaitGroup
			for dir := range c.ends {
				both.Go(func() { c.carry(dir, rand.New(rand.NewPCG(p.seed, n<<2|uint64(1+dir)))) })
			}
			both.Wait()
		})
	}
}

// comesFrom returns the newest connection that goes on from an address.
func (p *faultyPath) comesFrom(address string) *faultyConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.newest[address]
}

// count counts the open connections.
func (p *faultyPath) count(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open += n
	p.changed.Broadcast()
}

// reset resets both ends.
func (c *faultyConn) reset() {
	for _, end := range c.ends {
		_ = end.SetLinger(0) // fails where it is closed
		_ = end.Close()
	}
}

// errFatal ends a direction in which the fatal fault has happened.
var errFatal = errors.New("a fault ended the connection")

// carry carries one direction until it ends. It passes the end on as what it is.
func (c *faultyConn) carry(dir int, rnd *rand.Rand) {
	src, dst := c.ends[dir], c.ends[1-dir]
	buf := make([]byte, 16<<10)
	carried, stalls := int64(0), 0
	for {
		n, err := src.Read(buf)
		if n > 0 {
			c.identify(dir, buf[:n])
			stalls += c.dawdle(rnd, stalls)
			if err := c.write(dir, dst, buf[:n], carried, rnd); err != nil {
				if !errors.Is(err, errFatal) {
					c.reset()
				}
				return
			}
			carried += int64(n)
		}
		switch {
		case errors.Is(err, io.EOF):
			_ = dst.CloseWrite()
			return
		case err != nil:
			c.reset()
			return
		}
	}
}

// dawdle keeps the bytes that have come for a while, where it is drawn so. It returns 1
// for a stall.
func (c *faultyConn) dawdle(rnd *rand.Rand, stalls int) int {
	switch {
	case stalls < mostStalls && rnd.Float64() < c.stalls && time.Now().Before(c.path.until):
		c.hold(shortestStall + time.Duration(rnd.Int64N(int64(longestStall-shortestStall))))
		return 1
	case rnd.Float64() < c.late:
		c.hold(time.Duration(rnd.Int64N(int64(longestDelay))))
	}
	return 0
}

// hold waits, and keeps account of it.
func (c *faultyConn) hold(d time.Duration) {
	c.mu.Lock()
	c.stood += d
	c.mu.Unlock()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.path.quit.Done():
	}
}

// write writes what came, all at once or at first byte by byte, up to the fatal fault.
func (c *faultyConn) write(dir int, dst *net.TCPConn, b []byte, carried int64, rnd *rand.Rand) error {
	last := c.fatal != survives && dir == c.dir && carried+int64(len(b)) >= c.after && c.identified()
	if last {
		b = b[:min(len(b)-1, max(0, int(c.after-carried)))]
	}
	crumbs := 0
	if rnd.Float64() < c.crumbs {
		crumbs = min(len(b), 1+rnd.IntN(mostCrumbs))
	}
	for i := range crumbs {
		if _, err := dst.Write(b[i : i+1]); err != nil {
			return err
		}
	}
	if _, err := dst.Write(b[crumbs:]); err != nil {
		return err
	}
	if last {
		c.end(dir)
		return errFatal
	}
	return nil
}

// end lets the fatal fault happen.
func (c *faultyConn) end(dir int) {
	c.mu.Lock()
	c.happens = c.fatal
	c.mu.Unlock()
	switch c.fatal {
	case resets:
		c.reset()
	case truncates:
		for _, end := range c.ends {
			_ = end.Close()
		}
	default:
		_ = c.ends[1-dir].CloseWrite()
		_, _ = io.Copy(io.Discard, c.ends[dir])
	}
}

// chaosName is what a client of the chaos sends as its SNI.
func chaosName(number int) string { return "s" + strconv.Itoa(number) + ".chaos.test" }

var chaosNames = regexp.MustCompile(`s(\d+)\.chaos\.test`)

// identify looks for the number of the session in what who connected sends first.
func (c *faultyConn) identify(dir int, b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if dir != 0 || c.number != 0 || len(c.hello) > 8<<10 {
		return
	}
	c.hello = append(c.hello, b...)
	if m := chaosNames.FindSubmatch(c.hello); m != nil {
		c.number, _ = strconv.Atoi(string(m[1]))
		c.hello = nil
	}
}

// identified tells whether it is known whose connection it is. A fatal fault waits for
// that, so that it can be told what it explains.
func (c *faultyConn) identified() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.number != 0
}

// told returns whose connection it is, how long it stood still, and what ended it.
func (c *faultyConn) told() (number int, stood time.Duration, happens fatal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.number, c.stood, c.happens
}

// numberOf returns the number that the client of a server's connection has shown.
func numberOf(c *tls.Conn) (number int) {
	if m := chaosNames.FindStringSubmatch(c.ConnectionState().ServerName); m != nil {
		number, _ = strconv.Atoi(m[1])
	}
	return number
}
