// Package tlstap observes TLS connections passively: it is given the bytes of both
// directions and the secrets of a key log, and finds what the connection carried.
//
// An [Observer] is fed what TCP delivered. Each step of what then happens is a
// file:
//
//	sniff       are the first bytes TLS, and is their sender the client?
//	side        the bytes of one direction are cut into records
//	record      a record is taken, or waits; a protected one is opened by package tlsrec
//	messages    handshake records are cut into messages
//	hello       hellos are read
//	handshake   messages agree on version and suite, and say when keys change
//	early       0-RTT is accepted, rejected or skipped
//	backlog     what waits for a key, or for the other side, is held
//	heldgaps    missing bytes keep their place among what waits
//	search      a direction goes on behind missing bytes
//	guess       and so it does where a hello is lost
//	agreement   secrets become openers
//	resume      what was lost is counted, where it can be
//	finding     what was found is handed on: the plaintext of records, alerts, losses
//
// It follows TLS 1.3 (RFC 8446) and TLS 1.2 (RFC 5246), with the suites of package
// tlsrec. What it can't open it says, and never passes off as application data.
//
// Behind missing bytes a direction goes on at the first record that opens: under
// any number that the missing bytes allow, with the keys from before, those of the
// rest of the handshake, or those behind one KeyUpdate. The trials are bounded, as
// search.go says. It can't go on where two KeyUpdates are missing.
//
// Where a hello is missing, or a direction, what it said is found out by trial, too: the
// suites of TLS 1.3 that the secrets leave, and the newest sessions of the key log, as
// guess.go says. TLS 1.2 needs the ServerHello.
//
// It does not follow other suites, renegotiation, compression, DTLS and TLS 1.2's
// heartbeats. Nor does it find the secrets of a resumed TLS 1.2 session where the
// key log has them under the client random of the first session only, as crypto/tls
// writes it. Each of these ends in a [Stopped] with its reason.
package tlstap
