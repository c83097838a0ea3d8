package peer

import (
	"errors"
	"io"
	"sync"
	"syscall"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A beginning is what the server's bytes begin with. It tells whether they are AnyTLS at
// all, before anybody takes them for frames.
type beginning struct {
	mu      sync.Mutex
	unnamed bool // the server was shown no SNI
	framing session.Framing
	kept    []byte // at most session.MaxBeginning
	heard   bool   // a frame has come; nothing is taken after that
	other   bool   // the bytes are of another protocol
}

func newBeginning(sni string) *beginning {
	return &beginning{unnamed: sni == "", framing: session.NewFraming(protocol.ServerToClient)}
}

// take takes the next bytes. It tells whether they are another protocol's. Once enough of
// that has come to say what it is, it fails with a [*NotAnyTLSError].
func (x *beginning) take(b []byte) (other bool, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.heard {
		return false, nil
	}
	x.kept = append(x.kept, b[:min(len(b), session.MaxBeginning-len(x.kept))]...)
	x.judge(b)
	if x.other && session.ShowsOther(x.kept) {
		err = x.notAnyTLS()
	}
	return x.other, err
}

// judge judges the next bytes. x.mu is held.
func (x *beginning) judge(b []byte) {
	for len(b) > 0 && !x.other && !x.heard {
		p, n := x.framing.Next(b)
		b = b[n:]
		x.other = x.framing.State() == session.NotAnyTLS
		x.heard = p.Kind == protocol.PieceFrame
	}
}

// notAnyTLS says what the server sent instead. x.mu is held.
func (x *beginning) notAnyTLS() error {
	return &NotAnyTLSError{Answer: describe(x.kept), Unnamed: x.unnamed}
}

// silent tells whether nothing has come.
func (x *beginning) silent() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.kept) == 0
}

// explain says what it means that the session ended with err: where no frame had come, the
// server has refused it, or is none of AnyTLS.
func (x *beginning) explain(err error) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.other:
		return x.notAnyTLS()
	case x.heard || !isGone(err):
		return err
	default:
		return &RejectedError{Err: err}
	}
}

// isGone tells whether a session ended because the peer has ended its connection, with a
// reset or without.
func isGone(err error) bool {
	return errors.Is(err, ErrClosedByPeer) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
