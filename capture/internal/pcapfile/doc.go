// Package pcapfile reads packets from pcap and pcapng captures, gzip of either
// too, in runs of as many packets as one read brought.
//
// It walks records and blocks itself, where gopacket's pcapgo would have done,
// for four reasons. Decryption Secrets Blocks, which pcapgo does not hand out,
// can stand anywhere in a pcapng file. Lengths are compared with what the file
// holds before anything is allocated for them: pcapgo trusts a packet's length
// over its block's, and makes room for it. A file that is cut short is told from
// one that ends. And packets are slices of the buffer that they were read into,
// so that nothing is copied for each of them.
//
// Memory: a [Chunk] grows to the largest block that really came, at most
// [MaxBlock], whatever lengths the file claims.
package pcapfile
