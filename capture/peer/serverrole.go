package peer

import (
	"io"
	"net"
	"sync"
	"time"

	"anytls-inspect/protocol"
)

const (
	// maxStreams bounds the open streams of a session.
	maxStreams = 1024
	// alertTimeout is how long a session that is refused may take to hear why.
	alertTimeout = time.Second
)

// A patron is the server's end of a session. Its fields belong to the session's
// reader, but for those that say otherwise.
type patron struct {
	server *server
	e      *endpoint

	version    int    // v of the client's Settings; 0 before them
	lastStream uint32 // the highest stream id so far
	streams    sync.WaitGroup
}

func newPatron(s *server, conn net.Conn) *patron {
	p := &patron{server: s}
	p.e = newEndpoint(conn, protocol.ServerToClient, nil, new(trace))
	p.e.role = p
	return p
}

// frame implements [role]: what only a server makes something of. It ignores
// what it does not know, as the reference does.
func (p *patron) frame(h protocol.Header, data []byte) error {
	switch h.Command {
	case protocol.Settings:
		return p.settings(data)
	case protocol.SYN:
		if p.version == 0 {
			return p.refuse("client did not send its settings")
		}
		return p.syn(h.Stream)
	}
	return nil
}

// settings answers the client's Settings. Nothing can be in the way of the
// answer: no stream is open yet.
func (p *patron) settings(data []byte) error {
	if p.version != 0 {
		return nil // once a session
	}
	// Lines that can't be read are to be ignored, and so is a missing version.
	settings, _ := protocol.ParseSettings(data)
	p.version = max(settings.Version, 1)
	<-p.e.w.turn
	defer p.e.w.release()
	if settings.PaddingMD5 != p.server.scheme.MD5() {
		scheme := frame{command: protocol.UpdatePaddingScheme, data: []byte(p.server.scheme.Text)}
		if err := p.e.w.write(scheme); err != nil {
			return err
		}
	}
	if p.version < 2 {
		return nil
	}
	ours := protocol.SettingsText{Version: 2}.Append(nil)
	return p.e.w.write(frame{command: protocol.ServerSettings, data: ours})
}

// syn opens a stream. An id that was used is ignored: it may still be open.
func (p *patron) syn(id uint32) error {
	if id <= p.lastStream {
		return nil
	}
	p.lastStream = id
	s := newStream(p.e, id)
	if err := p.e.register(s); err != nil {
		return err
	}
	full := p.e.open() > maxStreams
	p.streams.Go(func() { p.stream(s, full) })
	return nil
}

// refuse tells the client why the session ends, and returns that reason. It
// waits a moment for the client to close first: closing with bytes unread would
// reset the connection, and the Alert could be lost.
func (p *patron) refuse(text string) error {
	reason := &AlertError{Text: text}
	if err := p.e.conn.SetDeadline(time.Now().Add(alertTimeout)); err != nil {
		return reason
	}
	<-p.e.w.turn
	err := p.e.w.write(frame{command: protocol.Alert, data: []byte(text)})
	p.e.w.release()
	if err == nil {
		_, _ = io.Copy(io.Discard, p.e.conn) // until the client closes, or the deadline
	}
	return reason
}
