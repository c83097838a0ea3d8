// Package pcapng records what a relay carries below TLS, as packets that Wireshark,
// tshark and this program's replay open and decrypt with no set-up.
//
// # Flow
//
//  1. A source begins a connection for each leg ([Recorder.Leg]). Its session is the one
//     that it belongs to; the file is that in which the session began, or else the
//     newest. The connection makes the packets of its TCP handshake.
//  2. The source tells the connection what goes over the leg: bytes, ends, a reset,
//     TLS secrets. Each call locks the recorder. Where the spool is full, every call
//     but Secret, Remark and Ends waits for room, and so slows its source; but see "What waits".
//  3. The connection makes packets of that, as blocks in the spool. Between the TLS
//     server's first answer and the secrets, it holds its packets back instead.
//  4. Where a session begins and the newest file is past its limit, the recorder orders
//     the next file: see "Files".
//  5. The writer takes all blocks and orders from the spool, five times a second, or
//     sooner where there are many, and does them without the lock. It writes parts of
//     at most about 256 KiB, each of whole blocks.
//  6. The teller calls what the options say of sessions that are cut, and of a failure.
//  7. [Recorder.Close] makes the packets that are still due and waits until the writer
//     has written them and closed the files.
//
// # Guards
//
//	guard            guards
//	Recorder.mu      spool, sessions, files, live, serial, closed, ended, stats, cuts,
//	                 costs, hurried, progress, advanced, watch, current, stuck; every
//	                 session and connection, and of a file what its comment says
//	Recorder.room    (on mu) signals that the writer has written, or the recording ended
//	the writer       the rest of a file, and the storage
//	Recorder.closing closed once, under mu: the writer writes what is left and ends
//	Recorder.hurry   closed once, under mu, by Hurry
//	Recorder.over    closed once, under mu: the writer has ended or is given up; Err is
//	                 final from then on
//	Recorder.told    closed by the teller as its last act
//
// [Create] starts two goroutines. The writer ends when Close is called or a write fails.
// The teller ends when the recording is over. Timers call turned while the writer works,
// and have sources that wait look at the clock. A write that does not return holds the
// writer. It is given up then, and the teller closes the file below it: a write to a
// pipe returns, and the writer ends. One to a disk that hangs ends when the disk does.
//
// # What waits
//
// At most 8 MiB wait to be written; sources wait for room beyond that. The spool has two
// buffers, of which each may grow that large: the recorder holds some 20 MiB at most.
//
// What sources wait is counted, once where several wait at once. The recording fails, so
// that nothing waits any more and the relay goes on without it,
//
//   - where no write ends for half a second while a source waits: a disk hangs, or nobody
//     reads the pipe;
//   - where sources waited for more than a second of the last ten: the disk or the pipe
//     is slower than the sessions;
//   - where no write ends for 5 s, also while no source waits: see watch.
//
// Time in which the process was stopped is not counted in full.
//
// Close waits as long as writes end, and gives the last of these reasons. After
// [Recorder.Hurry] sources and Close wait 0.5 s in all for the writer, and Close 0.2 s for
// the teller.
//
// The recording fails, too, where its newest file was removed while it was written: what
// it takes is lost. An older one may be removed by who needs the room.
//
// # Files
//
// A session stays in the file that it began in, with both legs, until all legs of it that
// began are closed. So each file can be decrypted by itself. Several files may be open: the newest takes the sessions that
// begin, until it has as many bytes as the limit. The older ones are closed when their
// last session ends.
//
// A session that would take more than [SessionGrowth] times the limit is cut: nothing more
// of it is recorded, on either leg. The last packet of each leg has a comment that says so
// ([capture.CutNote]), for which room is kept. Many sessions may share a file, so that
// alone would bound no disk: a session is cut, too, where its file would be larger than
// [FileGrowth] times the limit.
//
// At most 64 files are open. Where one more is needed, the sessions of the oldest are
// cut, and it is closed. A ring ([Options].Files) has so many files in all, open or
// closed: the oldest that is closed is removed before the next begins. Where all are
// open, the sessions of the oldest are cut first. So at no time does a ring take more
// than Files × FileGrowth × Limit bytes. Files of earlier runs don't count. One that has a
// name that is needed is replaced where it is a capture; else the recording fails.
//
// # What is real
//
// A relay sees sockets, not packets. The payload, its order and its times are real,
// and so are the addresses, ports, ends and resets. The Ethernet, IP and TCP headers
// are made up, with sequence numbers, acknowledgements and checksums as RFC 9293
// asks for. The relay does not see what the kernel does by itself, and the package
// does not invent it: retransmissions, the moments at which written bytes left, the
// peer's own acknowledgements (one is put after every second packet), and what a
// peer still sent to a closed socket. A reset is the last packet of its connection,
// since its place among the others is not known. How much of a write got out before
// a reset is not known either: all of it is recorded.
//
// # What a file holds
//
// The blocks are those of draft-ietf-opsawg-pcapng: a Section Header Block (section
// 4.1), two Interface Description Blocks (4.2), "client leg" and "server leg", with
// times in nanoseconds, and then Enhanced Packet Blocks (4.3) and Decryption Secrets
// Blocks (4.7). The secrets of a connection stand before the first packet that needs
// them. A comment on each connection's SYN names its session and leg
// ([capture.LegNote]), and one on its SYNACK what the source tells of the session
// ([capture.SessionNote]). A packet that the source has notes about has them as its
// comment, a line for each ([capture.Note]). A remark on the leg itself, such as a [capture.StateNote], is the comment of an
// acknowledgement, which is made for it. How the session ends ([capture.EndNote]) is the
// comment of the next packet without one, as a rule of a FIN or RST. So a replay puts both legs
// together to the session that it was.
//
// The package does not use gopacket's NgWriter. It builds each block in place, in a
// buffer that always ends with a whole block: the payload is copied once, and the
// file can be read however the program ended. The tests read it back with gopacket.
package pcapng
