package leg

import (
	"errors"

	"golang.org/x/sys/unix"
)

// await calls ended when TCP shows an end of the peer's stream, and when it shows a reset.
// It returns then, or where a deadline passes or the connection is closed.
//
// It asks for the events of the socket only, never for its error (SO_ERROR): who asks for
// that takes it away, and the next read would tell a reset as an end in good order. A write
// that fails takes it, too: see dead.
func (in *intake) await(ended func(reset bool)) {
	for asked := int16(unix.POLLRDHUP); ; asked = 0 { // behind the end of the stream only a reset is news
		var seen int16
		err := in.raw.Read(func(fd uintptr) bool {
			seen = poll(fd, asked)
			return seen&(asked|unix.POLLERR) != 0 || in.dead(seen)
		})
		switch {
		case err != nil:
			return
		case seen&unix.POLLERR != 0, in.dead(seen):
			ended(true)
			return
		default:
			ended(false)
		}
	}
}

// wasReset tells whether the end of the stream that a read has found is a reset of which a
// write has told already.
func (in *intake) wasReset() (reset bool) {
	_ = in.raw.Control(func(fd uintptr) { reset = in.dead(poll(fd, 0)) })
	return reset
}

// dead tells by the events of a socket whether its connection is gone, though nobody here
// has ended the stream toward the peer: then it was reset, or given up. A write that meets
// the error takes it away, and the socket tells the next read an end in good order.
func (in *intake) dead(seen int16) bool { return seen&unix.POLLHUP != 0 && !in.finished.Load() }

// poll returns which of the asked events a socket has now, and POLLERR where it has an
// error.
func poll(fd uintptr, asked int16) int16 {
	fds := []unix.PollFd{{Fd: int32(fd), Events: asked}}
	for {
		_, err := unix.Poll(fds, 0)
		if !errors.Is(err, unix.EINTR) {
			return fds[0].Revents
		}
	}
}

// acked returns how many of the bytes toward the peer its TCP has acknowledged, and whether
// TCP waits for an answer of the peer: see [Unacked]. It is not known before Linux 4.1.
func (in *intake) acked() (n uint64, outstanding, known bool) {
	_ = in.raw.Control(func(fd uintptr) {
		info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		if err != nil || info.Bytes_acked == 0 { // behind a handshake some are
			return
		}
		known = true
		// Where the peer's window is closed nothing is sent but probes.
		outstanding = info.Unacked > 0 || info.Probes > 1
		n = info.Bytes_acked - in.handshake
	})
	return n, outstanding, known
}

// begin notes what TCP's handshake counts for among the bytes that are acknowledged: one
// for who has asked for the connection.
func (in *intake) begin() {
	_ = in.raw.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			in.handshake = info.Bytes_acked
		}
	})
}
