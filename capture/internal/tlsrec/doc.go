// Package tlsrec is the TLS record layer: it opens and seals records in place,
// given the secrets of their connection.
//
// Secrets become [Keys]: [TrafficKeys] derives those of TLS 1.3 from a traffic
// secret, [SessionKeys] those of TLS 1.2 from a master secret. Keys make an
// [Opener] or a [Sealer], which is for one direction of one connection and counts
// its records. Neither does I/O, and neither allocates per record.
//
// The package knows TLS 1.3 (RFC 8446) with AES-128-GCM, AES-256-GCM and
// ChaCha20-Poly1305, and TLS 1.2 (RFC 5246) with the same AEADs (RFC 5288, RFC
// 5289, RFC 7905) and ECDHE or RSA key exchange. It does not know CBC and CCM, the
// DHE and PSK key exchanges of TLS 1.2, compression, and DTLS.
//
// It does not follow handshakes: that is what package tlstap does.
package tlsrec
