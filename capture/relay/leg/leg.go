package leg

import "time"

// A Leg is one TLS connection of a session behind its handshake: records come out of it
// and go into it. Its kinds are made by [NewStd]; each must pass the suite of package
// legtest.
//
// What all kinds promise:
//
//   - One record is one call. Next returns what one record of the peer carried, and
//     Write makes one record. Records keep their order, are never merged, and are split
//     only where they are longer than [MaxPlaintext].
//   - Next returns a record or the end, and never both: the end comes with the call
//     behind the last record, and again with each later call.
//   - What is written waits until Flush, or until 64 KiB wait. What TLS sends for itself,
//     such as an alert or the answer to a KeyUpdate, needs no Flush.
//   - A Next that waits for the peer holds none of the buffers that the leg took from
//     [Buffers]. (But see doc.go on systems other than Unix.)
//   - An end of one way does not end the other: a leg can be written to behind the end
//     that Next told, and read behind CloseNotify and CloseWrite.
//
// What kinds may differ in: how many empty records and post-handshake messages in a row
// they put up with; how much memory TLS itself keeps; what they do with session tickets,
// but for one thing: none of these is a record to Next. A kind follows a KeyUpdate of the
// peer, and answers it where the peer asks for that; whether it sends one of its own
// accord is its business. The texts of TLS's errors are the kind's, too.
//
// One goroutine at a time calls Next, NoteReceived, TellReceived and Drain. Any goroutine may call the
// rest, also while another one is in Next or Write, but for what says otherwise.
type Leg interface {
	// Next returns the next record of the peer that carries data; it waits for one. The
	// record is the caller's until the next call of Next or Drain.
	//
	// The end is io.EOF behind close_notify (RFC 8446, section 6.1), and
	// io.ErrUnexpectedEOF where the TCP stream ended without it, be it inside a record.
	// A reset is syscall.ECONNRESET, the time of LimitReads os.ErrDeadlineExceeded,
	// and a leg of ours that is closed net.ErrClosed, all of them wrapped. Other errors
	// are TLS's.
	Next() (Record, error)
	// Write writes one record. It may change the record's bytes and the room around
	// them. A record without bytes is not written.
	Write(r Record) error
	// Flush sends what waits. What an earlier write failed with, it returns again.
	Flush() error

	// CloseNotify sends close_notify behind all that waits. Nothing can be written after
	// it. What the peer sent, and goes on sending, can still be read.
	CloseNotify() error
	// CloseWrite ends the TCP stream toward the peer, and sends no close_notify. What
	// waits is not sent: Flush goes first.
	CloseWrite() error
	// Drain reads to the end of the TCP stream and drops what comes. It is for the time
	// behind close_notify, when TLS carries no more. It returns nil for the end of the
	// stream, else what ended it. BeforeWait's function is not called any more.
	Drain() error
	// Abort closes the connection with a TCP reset. It ends calls that wait.
	Abort()
	// Close closes the connection. It ends calls that wait. What waits for Flush is lost.
	Close() error

	// LimitReads makes each read wait for the peer for at most d from now on, one that
	// waits already too. What the peer has sent can still be read.
	LimitReads(d time.Duration)
	// Watch has ended called, from another goroutine, as soon as TCP shows that the peer
	// has ended its stream or, with reset set, has reset the connection: for the time in
	// which nobody calls Next or Drain, whose next call ends the watch. Ended must not wait
	// for anybody. On systems other than Linux it is never called.
	Watch(ended func(reset bool))
	// Unacked returns what the peer's TCP has not acknowledged. It is known on Linux only;
	// elsewhere there is nothing in u but the bytes of a write that goes on.
	Unacked() (u Unacked, known bool)
	// BeforeWait sets what Next calls each time before it may wait for the peer; it is
	// not called where a record has been read already. Call it before the first Next.
	BeforeWait(f func())

	// RemarkSent tells the recording, if there is one, something of the leg at its place
	// behind all that was written. It does not wait.
	RemarkSent(at time.Time, text string)
	// HasRecorder tells whether the leg is recorded: the methods below are only for one
	// that is.
	HasRecorder() bool
	// HoldAnswers makes the recorder hold back what is read while due says that an answer
	// to the relay may be in it, until the next read begins. Call it before the first
	// Next.
	HoldAnswers(due func() bool)
	// HoldUndecided makes the recorder hold what it holds back for longer, while undecided
	// says that the fate of a frame in it is not known. Call it before the first Next.
	HoldUndecided(undecided func() bool)
	// NoteSent gives the next record that is written a note in the recording.
	NoteSent(note string)
	// NoteNothing puts a note into the recording behind what was written so far, on no bytes.
	NoteNothing(note string)
	// NoteReceived gives what the recorder holds back one more note.
	NoteReceived(note string)
	// TellReceived has the recorder tell what it holds back until the next read, where Next has
	// returned all of it: for a time in which nothing is read.
	TellReceived()
}

// Unacked is what TCP has of the bytes toward a peer.
type Unacked struct {
	// Bytes is how many were written and are not acknowledged: those of a write that goes
	// on, and those that TCP holds. Where the rest is not known, it is those of the write.
	Bytes int
	Acked uint64 // acknowledged since the connection began
	// Outstanding says that TCP waits for an answer of the peer: bytes were sent, or it has
	// asked more than once whether the window is open again. A peer that lives answers,
	// though it may read nothing.
	Outstanding bool
}

// below is what the socket does for each kind of leg.
type below interface {
	Flush() error
	CloseWrite() error
	Drain() error
	Abort()
	Close() error
	LimitReads(time.Duration)
	Watch(func(reset bool))
	Unacked() (Unacked, bool)
	BeforeWait(func())
	HasRecorder() bool
	RemarkSent(time.Time, string)
	HoldAnswers(func() bool)
	HoldUndecided(func() bool)
	NoteSent(string)
	NoteNothing(string)
	NoteReceived(string)
}
