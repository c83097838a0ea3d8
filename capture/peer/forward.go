package peer

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"anytls-inspect/protocol"
)

const (
	// maxReason bounds the text of a SYNACK, in bytes.
	maxReason = 1 << 10
	// lingerTime is how long a target has to read what came before the end of its
	// stream.
	lingerTime = time.Second
)

// stream serves one stream until it ends: it reads the target, connects to it and copies
// both ways. full says that the session has too many streams for another.
func (ss *serverSession) stream(s *Stream, full bool) {
	defer s.Close()
	in := bufio.NewReader(s)
	target, err := readParsed(in, protocol.ParseTarget)
	if err == nil && full {
		err = errors.New("too many streams")
	}
	if err != nil {
		ss.deny(s, err)
		return
	}
	if version := target.UoTVersion(); version != 0 {
		ss.datagrams(s, in, version)
		return
	}
	conn, err := ss.server.cfg.Dial(s.life, target)
	if err != nil {
		ss.deny(s, err)
		return
	}
	defer conn.Close()
	if ss.accept(s) == nil {
		splice(s, in, conn)
	}
}

// accept sends an empty SYNACK: the stream is open. A client of version 1 gets none. It
// fails where the stream has ended.
func (ss *serverSession) accept(s *Stream) error {
	if ss.version < 2 {
		return nil
	}
	return s.send(frame{command: protocol.SYNACK, stream: s.id})
}

// deny sends a SYNACK that says why the stream can't be opened. A client of version 1
// gets only the FIN that follows.
func (ss *serverSession) deny(s *Stream, why error) {
	if ss.version < 2 {
		return
	}
	text := []byte(why.Error())
	// An error says that the stream has ended. Nobody waits for the reason then.
	_ = s.send(frame{protocol.SYNACK, s.id, text[:min(len(text), maxReason)]})
}

// splice copies both ways between a stream and its target until either side ends. Then
// it closes both, since FIN ends both directions. It waits for both copiers. in reads
// the stream.
func splice(s *Stream, in io.Reader, target net.Conn) {
	stop := context.AfterFunc(s.life, func() {
		_ = target.SetDeadline(time.Now().Add(lingerTime)) // an error says that it is closed
	})
	defer stop()
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(s, target) // the protocol can't say how a target ended
		s.Close()
	})
	_, _ = io.Copy(target, in)
	target.Close()
	both.Wait()
}
