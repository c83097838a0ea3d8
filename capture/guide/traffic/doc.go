// Package traffic sends requests through the SOCKS inbound of a client, to a target of its own
// or to a URL, and compares what comes back.
//
//  1. [NewTarget] starts a [Target] on loopback, which the server of a pair can reach. [To] and
//     [ToURL] return a [Proxy], which holds nothing open.
//  2. Each request dials the inbound anew. TCP goes by golang.org/x/net/proxy, datagrams by an
//     association of RFC 1928.
//  3. What fails is said in a sentence that a reader of a report understands, as [Proxy.Request]
//     returns it. Texts of peers in it are printable.
//
// The methods of a Proxy may be called concurrently. They end their goroutines before they
// return, but for one that waits for the end of their context, which ends with the request. The
// goroutines of a Target end at its Close, which waits for them; those of net/http's server, which
// answer requests, end when Close has closed their connections.
package traffic
