package main

import (
	"fmt"

	"github.com/spf13/pflag"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
)

// historyFlags say how much the journal keeps.
type historyFlags struct{ limits journal.Limits }

func (h *historyFlags) register(f *pflag.FlagSet) {
	def := journal.DefaultLimits()
	f.IntVar(&h.limits.Entries, "history-frames", def.Entries, "keep `N` frames and events")
	f.IntVar(&h.limits.Bytes, "history-bytes", def.Bytes, "keep `BYTES` of frames' data")
	f.IntVar(&h.limits.Snap, "history-snap", def.Snap, "keep `BYTES` of one frame's data")
	f.IntVar(&h.limits.Sessions, "history-sessions", def.Sessions, "keep `N` closed sessions")
	f.IntVar(&h.limits.Streams, "history-streams", def.Streams, fmt.Sprintf("keep `N` closed streams of a session; of all sessions, open and closed ones, %d × N", journal.StreamFactor))
}

// The most that the journal can keep. Its rings are made at the start, and one that
// does not fit into memory ends the program at once.
const (
	maxEntries = 10_000_000 // of 120 bytes
	maxBytes   = 1 << 30
)

// maxSnap is the most that can be kept of one frame's data: all of it.
const maxSnap = protocol.MaxData

// config returns the limits, checked.
func (h *historyFlags) config() (journal.Limits, error) {
	for _, limit := range [...]struct {
		flag  string
		value int
	}{
		{"frames", h.limits.Entries},
		{"bytes", h.limits.Bytes},
		{"snap", h.limits.Snap},
		{"sessions", h.limits.Sessions},
		{"streams", h.limits.Streams},
	} {
		if limit.value <= 0 {
			return journal.Limits{}, fmt.Errorf("--history-%s %d is not positive", limit.flag, limit.value)
		}
	}
	switch {
	case h.limits.Entries > maxEntries:
		return journal.Limits{}, fmt.Errorf("--history-frames %d is more than %d", h.limits.Entries, maxEntries)
	case h.limits.Bytes > maxBytes:
		return journal.Limits{}, fmt.Errorf("--history-bytes %d is more than %d", h.limits.Bytes, maxBytes)
	case h.limits.Snap > maxSnap:
		return journal.Limits{}, fmt.Errorf("--history-snap %d is more than a frame can hold, %d", h.limits.Snap, maxSnap)
	}
	return h.limits, nil
}
