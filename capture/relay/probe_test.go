package relay_test

import (
	"errors"
	"net"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay"
)

// TestProbe: a connection that ends without a byte, or sends none for the time of a
// handshake, is a probe: it has no number, and no session begins or ends.
func TestProbe(t *testing.T) {
	for _, tc := range []struct {
		name  string
		limit time.Duration
		end   func(*net.TCPConn) error
	}{
		{"closed", 0, (*net.TCPConn).Close},
		{"half closed", 0, (*net.TCPConn).CloseWrite},
		{"reset", 0, func(c *net.TCPConn) error { return errors.Join(c.SetLinger(0), c.Close()) }},
		{"silent", 100 * time.Millisecond, func(*net.TCPConn) error { return nil }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			told := newTold()
			r := newRig(t, options{sink: told.sink, relay: func(c *relay.Config) {
				c.Name, c.HandshakeTimeout = "home", tc.limit
			}})
			if e := <-told; e.Kind != capture.Listening {
				t.Fatalf("event %d comes first", e.Kind)
			}
			nc, err := net.Dial("tcp", r.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = nc.Close() }()
			from := nc.LocalAddr().String()
			if err := tc.end(nc.(*net.TCPConn)); err != nil {
				t.Fatal(err)
			}
			if e := <-told; e.Kind != capture.Probed || e.Session != 0 || e.Route != "home" || e.Client != from || e.At.IsZero() {
				t.Errorf("told: %+v; want a probe from %s", e, from)
			}
			if tc.limit > 0 { // the relay has ended it
				if _, err := nc.Read(make([]byte, 1)); err == nil {
					t.Error("the relay sends something")
				}
				return
			}
			client, _ := r.dial(nil)
			if e := <-told; e.Kind != capture.Opened || e.Session != 1 || e.Client != client.LocalAddr().String() {
				t.Errorf("told: %+v; want session 1", e)
			}
			if n := r.journal.Totals().Probes; n != 1 {
				t.Errorf("%d probes are counted", n)
			}
		})
	}
}

// TestLateClient: a client that says nothing at first is none before it does, and its session
// began when it connected.
func TestLateClient(t *testing.T) {
	told := newTold()
	r := newRig(t, options{sink: told.sink})
	<-told // Listening
	silent, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	connected := time.Now()
	r.dial(nil) // another one overtakes it
	if e := <-told; e.Kind != capture.Opened || e.Client == silent.LocalAddr().String() || e.Session != 1 {
		t.Errorf("told: %+v", e)
	}
	<-told // Established
	write(t, silent, []byte{22, 3, 1})
	e := <-told
	if e.Kind != capture.Opened || e.Session != 2 || e.Client != silent.LocalAddr().String() || e.At.After(connected.Add(time.Second)) {
		t.Errorf("told: %+v", e)
	}
	_ = silent.Close()
	if e := <-told; e.Kind != capture.Closed || e.Session != 2 {
		t.Errorf("told: %+v", e)
	}
}

// TestSilentEndsWithRelay: a connection that says nothing does not hold up the end of the
// relay, however long a handshake may take.
func TestSilentEndsWithRelay(t *testing.T) {
	told := newTold()
	r := newRig(t, options{sink: told.sink, relay: func(c *relay.Config) { c.HandshakeTimeout = time.Hour }})
	<-told // Listening
	silent, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	r.dial(nil) // when that one has been accepted, so has the other
	r.stop()
	select {
	case <-r.done:
	case <-r.late():
		t.Fatal("the relay waits for it")
	}
}
