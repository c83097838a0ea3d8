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

// A serverSession is the server's end of a session. Its fields belong to the session's
// reader, but for those that say otherwise.
type serverSession struct {
	server *server
	e      *endpoint

	version    int    // v of the client's Settings; 0 before them
	lastStream uint32 // the highest stream id so far
	streams    sync.WaitGroup
}

func newServerSession(s *server, conn net.Conn) *serverSession {
	ss := &serverSession{server: s}
	ss.e = newEndpoint(conn, protocol.ServerToClient, nil, new(trace))
	ss.e.role = ss
	return ss
}

// frame implements [role]: what only a server makes something of. It ignores
// what it does not know, as the reference does.
func (ss *serverSession) frame(h protocol.Header, data []byte) error {
	switch h.Command {
	case protocol.Settings:
		return ss.settings(data)
	case protocol.SYN:
		if ss.version == 0 {
			return ss.refuse("client did not send its settings")
		}
		return ss.syn(h.Stream)
	}
	return nil
}

// settings answers the client's Settings. Nothing can be in the way of the
// answer: no stream is open yet.
func (ss *serverSession) settings(data []byte) error {
	if ss.version != 0 {
		return nil // once a session
	}
	// Lines that can't be read are to be ignored, and so is a missing version.
	settings, _ := protocol.ParseSettings(data)
	ss.version = max(settings.Version, 1)
	<-ss.e.w.turn
	defer ss.e.w.release()
	if settings.PaddingMD5 != ss.server.scheme.MD5() {
		scheme := frame{command: protocol.UpdatePaddingScheme, data: []byte(ss.server.scheme.Text)}
		if err := ss.e.w.write(scheme); err != nil {
			return err
		}
	}
	if ss.version < 2 {
		return nil
	}
	ours := protocol.SettingsText{Version: 2}.Append(nil)
	return ss.e.w.write(frame{command: protocol.ServerSettings, data: ours})
}

// syn opens a stream. An id that was used is ignored: it may still be open.
func (ss *serverSession) syn(id uint32) error {
	if id <= ss.lastStream {
		return nil
	}
	ss.lastStream = id
	s := newStream(ss.e, id)
	if err := ss.e.register(s); err != nil {
		return err
	}
	full := ss.e.open() > maxStreams
	ss.streams.Go(func() { ss.stream(s, full) })
	return nil
}

// refuse tells the client why the session ends, and returns that reason. It
// waits a moment for the client to close first: closing with bytes unread would
// reset the connection, and the Alert could be lost.
func (ss *serverSession) refuse(text string) error {
	reason := &AlertError{Text: text}
	if err := ss.e.conn.SetDeadline(time.Now().Add(alertTimeout)); err != nil {
		return reason
	}
	<-ss.e.w.turn
	err := ss.e.w.write(frame{command: protocol.Alert, data: []byte(text)})
	ss.e.w.release()
	if err == nil {
		_, _ = io.Copy(io.Discard, ss.e.conn) // until the client closes, or the deadline
	}
	return reason
}
