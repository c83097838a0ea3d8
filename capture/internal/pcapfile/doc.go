// Package pcapfile reads packets from pcap and pcapng captures
// (draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng), and from gzip of either.
//
// A [Reader] tells the format by the first bytes. Each Next reads once and fills a
// [Chunk] with the packets that this brought, and with the TLS key logs of the
// Decryption Secrets Blocks among them. Packets are slices of the chunk's buffer:
// nothing is copied for each of them.
//
// The package walks packet records and blocks itself, and does not use gopacket's
// pcapgo. That does not hand out Decryption Secrets Blocks, which may stand
// anywhere in a pcapng file. It trusts a packet's length over its block's, and
// allocates for it, where this package compares lengths with what the file holds
// first. And it does not tell a file that is cut short from one that ends.
//
// A chunk grows to the largest block that the file really has, at most [MaxBlock],
// whatever lengths the file claims.
package pcapfile
