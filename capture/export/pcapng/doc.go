// Package pcapng records what a relay carries below TLS, as packets that Wireshark,
// tshark and this program's replay open and decrypt with no set-up.
//
// # Flow
//
//  1. A source begins a connection for each leg ([Recorder.Leg]). The connection
//     makes the packets of its TCP handshake.
//  2. The source tells the connection what goes over the leg: bytes, ends, a reset,
//     TLS secrets. Each call locks the recorder. Where the spool is full, every call
//     but Secret waits for room, and so slows its source.
//  3. The connection makes packets of that, as blocks in the spool. Between the TLS
//     server's first answer and the secrets, it holds its packets back instead.
//  4. Where a block would exceed the file's limit, the recorder begins the next file
//     in the spool: a header and the secrets of the connections that are open.
//  5. The writer takes all blocks from the spool, five times a second, or sooner
//     where there are many, and writes them without the lock.
//  6. [Recorder.Close] makes the packets that are still due and waits until the writer
//     has written them and closed the file.
//
// # Guards
//
//	guard            guards
//	Recorder.mu      spool, live, serial, closed, stats, and every connection
//	Recorder.room    (on mu) signals that the spool was emptied, or the recording ended
//	the writer       the files; nobody else touches them once it runs
//	Recorder.closing closed once, under mu: the writer writes what is left and ends
//	Recorder.done    closed by the writer as its last act; stats are final from then on
//
// [Create] starts the one goroutine, the writer. Close ends it. A write that fails
// ends it too, and the recording with it: no call waits for room from then on, and
// Close returns the error.
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
// them. A comment on each connection's SYN names its session and leg. A packet that
// the source has a note about has the note as its comment.
//
// Where files are limited in size, each next file begins with the secrets of the
// connections that are open. A file can be decrypted by itself for the connections
// that began in it. Of an older connection it lacks the ClientHello and the count of
// the records, which number them: Wireshark decrypts that part only where the files
// are put together again, in order (cat FILE FILE-2 > ALL, or mergecap -a).
//
// The package does not use gopacket's NgWriter. It builds each block in place, in a
// buffer that always ends with a whole block: the payload is copied once, and the
// file can be read however the program ended. The tests read it back with gopacket.
package pcapng
