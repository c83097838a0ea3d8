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
	// lingerTime is how long a target may take to read what came before the end
	// of its stream.
	lingerTime = time.Second
)

// stream serves one stream until it ends: it connects to the target and copies.
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

// accept tells the client that the stream is open. A client of version 1 is not
// told. It fails where the stream has ended.
func (ss *serverSession) accept(s *Stream) error {
	if ss.version < 2 {
		return nil
	}
	return s.send(frame{command: protocol.SYNACK, stream: s.id})
}

// deny tells the client why the stream can't be opened. To a client of version 1
// its FIN, which follows, has to say enough.
func (ss *serverSession) deny(s *Stream, why error) {
	if ss.version < 2 {
		return
	}
	text := []byte(why.Error())
	// It fails where the stream has ended, and then nobody wants to know.
	_ = s.send(frame{protocol.SYNACK, s.id, text[:min(len(text), maxReason)]})
}

// splice copies between a stream and its target until either side ends, and
// closes both: FIN is the end of both directions.
func splice(s *Stream, in io.Reader, target net.Conn) {
	stop := context.AfterFunc(s.life, func() {
		_ = target.SetDeadline(time.Now().Add(lingerTime)) // it may be closed already
	})
	defer stop()
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(s, target) // how a target ends is not the protocol's business
		s.Close()
	})
	_, _ = io.Copy(target, in)
	target.Close()
	both.Wait()
}
