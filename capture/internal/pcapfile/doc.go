// Package pcapfile reads packets from pcap and pcapng captures
// (draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng), and from gzip of either.
//
// A [Reader] tells the format by the first bytes. Each Next reads once and fills a
// [Chunk] with the packets that this brought, and with the TLS key logs of the
// Decryption Secrets Blocks among them. Packets are slices of the chunk's buffer:
// nothing is copied for each of them.
//
// The package walks packet records and blocks itself, and does not use gopacket's
// pcapgo: pcapgo does not hand out Decryption Secrets Blocks, which may stand
// anywhere in a pcapng file, and takes a packet's length over its block's. This
// package compares a length with what holds it first.
//
// A chunk grows with the largest block that the file really has, whatever lengths
// the file claims. Its buffer takes less than about twice [MaxBlock].
package pcapfile
