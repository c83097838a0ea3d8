package protocol

// ByDirection holds something for each direction. It is indexed with a [Direction].
type ByDirection[T any] [2]T

// ByPeer holds something for each peer. It is indexed with a [Peer].
type ByPeer[T any] [2]T
