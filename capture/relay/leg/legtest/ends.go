package legtest

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"

	"anytls-inspect/capture/relay/leg"
)

// testCloseNotify: it is io.EOF, behind all records. The other way goes on.
func testCloseNotify(t *testing.T, s setup) {
	p := s.connect(t)
	stream := p.seal([]byte("the last words"))
	p.below.holds = true
	if err := p.far.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	p.below.holds = false
	p.raw(append(stream, p.below.held...))
	p.next([]byte("the last words"))
	p.ends(io.EOF)
	if n := p.buffers.InUse(); n != 0 {
		t.Errorf("behind the end the leg has %d bytes of buffers", n)
	}
	p.write([]byte("an answer"))
	p.flush()
	p.hear([]byte("an answer"))
}

// testOwnCloseNotify: it goes out behind what waits. What has not been read still can be.
func testOwnCloseNotify(t *testing.T, s setup) {
	p := s.connect(t)
	p.raw(p.seal([]byte("one"), []byte("two")))
	p.next([]byte("one"))
	p.write([]byte("the last words"))
	if err := p.leg.CloseNotify(); err != nil {
		t.Fatal(err)
	}
	p.hear([]byte("the last words"))
	if _, err := p.far.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the far end reads %v, want close_notify", err)
	}
	if err := p.leg.Write(leg.NewRecord([]byte("more"))); err == nil {
		t.Error("a Write behind CloseNotify succeeds")
	}
	p.next([]byte("two"))
	p.say([]byte("three"))
	p.next([]byte("three"))
}

// testTruncation: the end of TCP without close_notify is told apart from one with it.
func testTruncation(t *testing.T, s setup) {
	for name, cut := range map[string]int{"between records": 0, "in a header": 3, "in a record": 20} {
		t.Run(name, func(t *testing.T) {
			p := s.connect(t)
			p.say([]byte("one"))
			p.raw(p.seal([]byte("two"))[:cut])
			if err := p.below.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			p.next([]byte("one"))
			p.ends(io.ErrUnexpectedEOF)
			p.write([]byte("an answer"))
			p.flush()
			p.hear([]byte("an answer"))
		})
	}
}

// testReset: a reset is told as one, also to a Next that waits.
func testReset(t *testing.T, s setup) {
	p := s.connect(t)
	p.say([]byte("one"))
	p.next([]byte("one"))
	p.leg.BeforeWait(func() { go p.reset() })
	p.ends(syscall.ECONNRESET)
}

// testDrain: what comes behind close_notify is dropped, and the end of TCP told.
func testDrain(t *testing.T, s setup) {
	closeNotify := func(t *testing.T) *pair {
		p := s.connect(t)
		if err := p.far.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		p.raw(data(100_000, 1))
		p.ends(io.EOF)
		return p
	}
	t.Run("end", func(t *testing.T) {
		p := closeNotify(t)
		if err := p.below.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if err := p.leg.Drain(); err != nil {
			t.Errorf("Drain: %v", err)
		}
		if n := p.buffers.InUse(); n != 0 {
			t.Errorf("behind Drain the leg has %d bytes of buffers", n)
		}
	})
	t.Run("reset", func(t *testing.T) {
		p := closeNotify(t)
		p.reset()
		if err := p.leg.Drain(); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("Drain: %v, want a reset", err)
		}
	})
}

// testCloseWrite: TCP's stream ends, without close_notify. The other way goes on.
func testCloseWrite(t *testing.T, s setup) {
	p := s.connect(t)
	p.write([]byte("the last words"))
	p.flush()
	p.hear([]byte("the last words"))
	if err := p.leg.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if n, err := p.below.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("the far end gets %d bytes, %v; want the end alone", n, err)
	}
	p.say([]byte("an answer"))
	p.next([]byte("an answer"))
}

// testAbort: the peer sees a reset after Abort. Abort and Close end a Next that waits.
func testAbort(t *testing.T, s setup) {
	p := s.connect(t)
	p.leg.BeforeWait(func() { go p.leg.Abort() })
	p.ends(net.ErrClosed)
	if _, err := p.below.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the far end reads %v, want a reset", err)
	}
	p = s.connect(t)
	p.leg.BeforeWait(func() {
		go func() { _ = p.leg.Close() }()
	})
	p.ends(net.ErrClosed)
	if err := p.leg.Write(leg.NewRecord([]byte("x"))); err == nil {
		err = p.leg.Flush()
		if err == nil {
			t.Error("what is written behind Close is sent")
		}
	}
}

// testConcurrent: writers, a reader, and those who end the leg do no harm to each other,
// and what arrives are whole records.
func testConcurrent(t *testing.T, s setup) {
	const size, each = 1000, 50
	end := map[string]func(leg.Leg){
		"CloseNotify": func(l leg.Leg) { _ = l.CloseNotify() },
		"Close":       func(l leg.Leg) { _ = l.Close() },
		"Abort":       func(l leg.Leg) { l.Abort() },
	}
	for name, end := range end {
		t.Run(name, func(t *testing.T) {
			p := s.connect(t)
			p.say([]byte("go"))
			var wg sync.WaitGroup
			for i := range 3 {
				wg.Go(func() {
					r := make([]byte, size)
					for j := range r {
						r[j] = byte('a' + i)
					}
					for n := range each {
						if p.leg.Write(leg.NewRecord(r)) != nil || p.leg.Flush() != nil {
							return
						}
						if i == 0 && n == each/2 {
							end(p.leg)
						}
					}
				})
			}
			wg.Go(func() {
				for {
					if _, err := p.leg.Next(); err != nil {
						return
					}
				}
			})
			buf := make([]byte, 2*leg.MaxPlaintext)
			for {
				n, err := p.far.Read(buf)
				if err != nil {
					break
				}
				if !ones(buf[:n], size) {
					t.Errorf("%d bytes arrive, or of several records", n)
				}
			}
			_ = p.leg.Close()
			wg.Wait()
		})
	}
}
