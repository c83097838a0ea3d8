package protocol

// A Direction is one of the two directions in which a session's bytes travel.
type Direction uint8

// The two directions.
const (
	ClientToServer Direction = iota
	ServerToClient
)

// String returns "c2s" or "s2c".
func (d Direction) String() string {
	if d == ClientToServer {
		return "c2s"
	}
	return "s2c"
}

// Reverse returns the other direction, in which an answer travels.
func (d Direction) Reverse() Direction { return d ^ 1 }

// Sender returns the peer that writes in this direction.
func (d Direction) Sender() Peer { return Peer(d) }

// Receiver returns the peer that reads in this direction.
func (d Direction) Receiver() Peer { return Peer(d ^ 1) }

// A Peer is one of the two ends of a session.
type Peer uint8

// The two ends.
const (
	Client Peer = iota
	Server
)

// String returns "client" or "server".
func (p Peer) String() string {
	if p == Client {
		return "client"
	}
	return "server"
}

// Other returns the other peer of the session.
func (p Peer) Other() Peer { return p ^ 1 }

// Toward returns the direction in which bytes travel to p.
func (p Peer) Toward() Direction { return Direction(p ^ 1) }

// ByDirection holds something for each direction. It is indexed with a [Direction].
type ByDirection[T any] [2]T

// ByPeer holds something for each peer. It is indexed with a [Peer].
type ByPeer[T any] [2]T
