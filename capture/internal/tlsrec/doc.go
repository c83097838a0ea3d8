// Package tlsrec opens and seals TLS records in place, given the secrets, and
// observes TLS connections from the bytes of both directions.
//
// The record layer is [Opener] and [Sealer]: one direction each, pure, without
// I/O, and without an allocation per record. It knows TLS 1.3 (RFC 8446) with
// AES-128-GCM, AES-256-GCM and ChaCha20-Poly1305, and TLS 1.2 (RFC 5246, 5288,
// 5289, 7905) with the same AEADs and ECDHE or RSA key exchange.
//
// [Tap] stands on top: it is fed what TCP carried, follows the handshake, looks
// the secrets up, and emits the plaintext of each application data record. What
// it can't open it says, and never passes off as application data.
//
// Behind missing bytes a tap takes a direction up again by trial opening, within
// the bounds that search.go states: at the first record that opens, under any
// number that the missing bytes allow, with the keys of before, those of the
// rest of the handshake, or those behind one KeyUpdate. It can't where a hello is
// missing, or two KeyUpdates are.
//
// Left out: suites other than those above (CBC and CCM; DHE and PSK key exchange
// of TLS 1.2), renegotiation, compression, DTLS, TLS 1.2's heartbeats, and the
// secrets of a TLS 1.2 session that is resumed, where the key log has them under
// the first connection's client random only (as crypto/tls writes it). Each is
// told apart from data, by a Stopped with its reason.
package tlsrec
