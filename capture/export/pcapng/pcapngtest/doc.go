// Package pcapngtest reads recordings back for tests, with gopacket and not with
// what wrote them, and holds them to what a recording promises.
package pcapngtest
