// Package tlstap observes TLS connections from the bytes of both directions.
//
// An [Observer] is fed what TCP carried, follows the handshake, looks the secrets up,
// and emits the plaintext of each application data record. What it can't open it
// says, and never passes off as application data.
//
// Behind missing bytes an observer takes a direction up again by trial opening, within
// the bounds that search.go states: at the first record that opens, under any
// number that the missing bytes allow, with the keys of before, those of the
// rest of the handshake, or those behind one KeyUpdate. It can't where a hello is
// missing, or two KeyUpdates are.
//
// Left out: suites other than those of package tlsrec (CBC and CCM; DHE and PSK
// key exchange of TLS 1.2), renegotiation, compression, DTLS, TLS 1.2's heartbeats,
// and the secrets of a TLS 1.2 session that is resumed, where the key log has them
// under the first connection's client random only (as crypto/tls writes it). Each
// is told apart from data, by a Stopped with its reason.
package tlstap
