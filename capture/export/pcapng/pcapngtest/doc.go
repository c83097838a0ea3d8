// Package pcapngtest reads recordings back for tests. It uses gopacket and not the code
// that wrote them, and finds whatever breaks the promises of package pcapng.
package pcapngtest
