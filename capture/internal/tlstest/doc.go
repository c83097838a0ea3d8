// Package tlstest records TLS connections between a client and a server of
// crypto/tls, for the tests of what opens their records (package tlsrec) and of
// what follows their handshakes (package tlstap). Only tests import it.
//
// [Connect] connects the two over loopback and writes down each record that they
// send, with the secrets that the client logs; [Converse] records a whole
// connection. A [Tape] is what came of it.
package tlstest
