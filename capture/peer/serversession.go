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
	// alertTimeout is how long a client has to read the Alert and close.
	alertTimeout = time.Second
)

// A serverSession is the server's end of a session. version and lastStream belong to the
// session's reader.
type serverSession struct {
	server *server
	e      *endpoint

	version    int    // v of the client's Settings; 0 before them; constant while streams run
	lastStream uint32 // the highest stream id so far
	streams    sync.WaitGroup
}

// newServerSession returns a session that has not started.
func newServerSession(s *server, conn net.Conn) *serverSession {
	ss := &serverSession{server: s}
	ss.e = newEndpoint(conn, protocol.ServerToClient, nil, new(trace))
	ss.e.role = ss
	return ss
}

// frame implements [role]. It ignores commands that a server does not know, as the
// reference does. A SYN before the Settings ends the session with an Alert, as the
// protocol document asks.
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

// settings answers the client's Settings: with the padding scheme, where the client has
// another, and with ServerSettings, where the client's version is 2 or more. It writes in the
// reader's goroutine, which is safe because no stream is open yet.
func (ss *serverSession) settings(data []byte) error {
	if ss.version != 0 {
		return nil // the first Settings of a session count
	}
	// Lines that can't be read are to be ignored. Without a version it is 1.
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

// syn starts a stream. It ignores an id that was used, since that stream may be open.
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

// refuse sends an Alert, and returns its text as the reason why the session ends. It
// reads until the client closes, for alertTimeout at most: to close a connection with
// bytes unread resets it, and the Alert could be lost.
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
