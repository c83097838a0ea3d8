package session

import (
	"time"

	"anytls-inspect/protocol"
)

// An Origin says who sent a HeartRequest.
type Origin uint8

// The origins.
const (
	OriginRelay Origin = iota // the relay
	OriginPeer                // the peer that sends in the request's direction
)

// ByOrigin holds something for each origin. It is indexed with an [Origin].
type ByOrigin[T any] [2]T

// Name returns the origin of a request toward a peer, as the output calls it:
// "injected", "client" or "server".
func (o Origin) Name(toward protocol.Peer) string {
	if o == OriginRelay {
		return "injected"
	}
	return toward.Toward().Sender().String()
}

// Heartbeats counts the HeartRequests of one direction and origin. Sent is the sum
// of Answered, Lost, Unsupported, Cut and those that wait; Late ones are part of
// Lost and Unsupported.
type Heartbeats struct {
	Sent     uint64
	Answered uint64 // in time
	Lost     uint64 // not answered within the timeout
	Late     uint64 // answered after the timeout
	// Cut counts those of which nothing more will be known: the session ended first, or a
	// peer left it; or more waited than can be told apart.
	Cut uint64
	// Unsupported counts those that timed out in a session of version 1, whose
	// peers need not answer.
	Unsupported uint64
	// Estimated counts the round-trips that are estimates: see [Request].
	Estimated uint64
	Last      time.Duration // the newest round-trip
	RoundTrips
}

// Waiting returns how many are neither answered nor given up.
func (h *Heartbeats) Waiting() uint64 { return h.Sent - h.Answered - h.Lost - h.Cut - h.Unsupported }

// Merge adds what other counted. Last becomes other's, if it has one.
func (h *Heartbeats) Merge(other *Heartbeats) {
	h.Sent += other.Sent
	h.Answered += other.Answered
	h.Lost += other.Lost
	h.Late += other.Late
	h.Cut += other.Cut
	h.Unsupported += other.Unsupported
	h.Estimated += other.Estimated
	if other.Last != 0 {
		h.Last = other.Last
	}
	h.RoundTrips.Merge(other.RoundTrips)
}
