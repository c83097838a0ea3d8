// Package tlsrec opens and seals TLS records in place, given the secrets.
//
// An [Opener] and a [Sealer] are for one direction each, pure, without I/O, and
// without an allocation per record. They know TLS 1.3 (RFC 8446) with AES-128-GCM,
// AES-256-GCM and ChaCha20-Poly1305, and TLS 1.2 (RFC 5246, 5288, 5289, 7905) with
// the same AEADs and ECDHE or RSA key exchange.
package tlsrec
