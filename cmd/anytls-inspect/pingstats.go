package main

import (
	"fmt"
	"math"
	"time"

	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol/session"
)

// pingStats are the figures of a series, in bounded memory.
type pingStats struct {
	unowed         bool // an answer is owed to none: the server speaks version 1
	answered, lost int
	unsupported    int // not answered, and not owed an answer
	least, most    time.Duration
	trips          session.RoundTrips
	sum, squares   float64 // of the round-trips in nanoseconds
}

func (s *pingStats) add(b peer.Ping) {
	switch {
	case b.Err != nil && s.unowed:
		s.unsupported++
		return
	case b.Err != nil:
		s.lost++
		return
	}
	if s.answered == 0 || b.RTT < s.least {
		s.least = b.RTT
	}
	s.most = max(s.most, b.RTT)
	s.answered++
	s.trips.Add(b.RTT)
	ns := float64(b.RTT)
	s.sum += ns
	s.squares += ns * ns
}

func (s *pingStats) sent() int { return s.answered + s.lost + s.unsupported }

// failure returns what is wrong where heartbeats were lost, and what to look at.
func (s *pingStats) failure() error {
	look := "the path loses or delays packets, or the server stands still at times; -W says how long an answer may take"
	if s.answered == 0 {
		look = "it has answered none: it stands still, ignores heartbeats, or is gone without a word"
	}
	return fmt.Errorf("%d of %d %w: %s", s.lost, s.sent(), errLost, look)
}

func (s *pingStats) average() time.Duration { return time.Duration(s.sum / float64(s.answered)) }

// deviation is that of all round-trips, as ping's mdev.
func (s *pingStats) deviation() time.Duration {
	n := float64(s.answered)
	return time.Duration(math.Sqrt(max(s.squares/n-(s.sum/n)*(s.sum/n), 0)))
}
