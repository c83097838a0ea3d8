// Package script is the text form of the wire: one language for tests, previews of
// rules, conformance cases and documents. A script says what the two peers send, how
// it is cut into TLS records, and when, a line for each thing that happens:
//
//	config password=secret timeout=2s      # of whoever plays the script
//	c> PREAMBLE password 30
//	c> SETTINGS v=2 client=x/1 ...
//	c> SYN 1 ...
//	c> PSH 1 target example.com:80 "GET /"
//	s> SYNACK 1 "refused"
//	c> HEARTREQUEST injected
//	s> HEARTRESPONSE absorbed
//	c> 42 7 hex 0001ff                     # a command by its code
//	c> raw 02 00000001 0005 "hi"           # no frame, or a part of one
//	+ 3s                                   # time passes
//	gap s 100                              # a capture lacks bytes
//	unseen c "no key"                      # and all that the client sends from here on
//	order 50ms                             # the times of the two may be off by so much
//	order uncertain                        # not even what came first is known
//	gone c                                 # the client has closed, the server has not
//	blocked c> 120000 for 1s               # so many bytes of the client's do not move
//	unblocked c>                           # they move again
//	waits s "the server takes no byte"     # heartbeats toward the server can't be sent
//	goes s                                 # they can again
//	tls failed c "it does not trust us"    # with the client
//	rule 2 delay s> SYNACK 3 waits "for 4s" # a rule was applied to a frame
//	rule 2 delay s> SYNACK 3 goes 4s       # which waits no longer
//	close client "the client reset its connection"
//	session 2 192.0.2.1:1000               # another one
//	session 1                              # back to it
//
// Words stand apart by spaces or tabs. A word in double quotes is a Go string, with
// Go's escapes. What follows a word that begins with # is a comment.
//
// # Bytes
//
// A line that begins with c> or s> has bytes that the client or the server sent.
// They are what one TLS record carries. Where the line ends in ... the record goes
// on in the sender's next line. Next on the line stands one of these:
//
//   - A command, in upper or lower case, or its code; the stream id, which may be
//     left out where it is 0; the frame's data (section Session of the protocol).
//   - PREAMBLE, the password, and the length of padding0, which is zeros (section
//     Authentication). Where the password is not known, "hash" and its SHA-256 in
//     hex stand in its place.
//   - raw, and any bytes: words of hex, quoted text, and "zeros" with a number.
//
// A frame's data is put together from what the line lists:
//
//	"text"                   text
//	hex 0001ff               bytes
//	zeros 200                as many zeros
//	key=value                a line of settings, or of a padding scheme
//	target HOST:PORT         a SOCKS address (section Proxy)
//	request HOST:PORT        a request of UDP over TCP, version 2
//	connect HOST:PORT        the same, for a single destination
//	datagram HOST:PORT "x"   a datagram with its address and its payload
//
// Among these, and behind a preamble or raw bytes, words say what became of the bytes
// (see [session.Fate]): injected, absorbed, dropped, replaced, repeated, held 2.5s,
// and rule 3 where a rule decided it.
//
// # Other lines
//
// "+" and a duration say that time passes. "gap", c or s, and a number say how many
// bytes of a direction a capture lacks, -1 where that is not known. "unseen", c or s, and a text
// say that nothing more of a direction is seen, and why. "order" and a duration say by how much
// the times of the two directions may be off against one another, and "order uncertain" that
// their order is not known. "gone", c or s, says
// that a peer has closed its side while the other keeps the session open. "close" says who
// ended the session, in the words of [session.Closer], and may say why.
//
// "blocked", a direction and a number say how many bytes that go in it wait, and do not
// move toward their receiver, which "unblocked" ends; "silent" behind them says that the
// receiver's TCP acknowledges none. "waits", c or s, and a text say why
// heartbeats toward a peer can't be sent, which "goes" ends. Both may say at their end for
// how long that has been so: for 2.5s. "tls failed", c or s, and a text say with whom TLS
// failed, and why; the session's end follows.
//
// "rule", its number, what it does, a direction, and a command with its stream id say that a
// rule was applied to a frame: see [session.Application]. PREAMBLE stands for a preamble. Behind
// it may stand "len" and the length of the frame's data, or of padding0; "all" where the whole
// direction is touched; "again" where the application was told before; "undone" where nothing was
// done; "waits", or "goes" and for how long it waited; and what is said of it.
//
// "session" and a number begin another session, or go back to one. All lines that
// follow are of it, and those before the first such line are of session 1. Where the
// line also has an address, the session opens there and comes from that address.
//
// "config" has settings of whoever plays the script, as words key=value. They mean
// nothing to this package.
//
// # Reading and printing
//
// [Parse] reads a text. [Script.Append] prints one that parses to the same steps, but
// for their line numbers. A [Cutter] makes steps of a session's records. A text may
// hold the hash of a password, and that is the credential: print a session's steps
// only for who may have it.
package script
