package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// both stands for the client and the server together in the flags that take either.
const both = "both"

// minHeartbeat is the shortest interval: faster is a load test, not a heartbeat.
const minHeartbeat = time.Millisecond

// heartbeatFlags say which HeartRequests are injected.
type heartbeatFlags struct {
	periodic string // D[,PEER]
	timeout  time.Duration
}

func (h *heartbeatFlags) register(f *pflag.FlagSet) {
	f.StringVar(&h.periodic, "heartbeat", "", "inject a HeartRequest into every ready session each `D[,server|client|both]` (default toward the server)")
	f.DurationVar(&h.timeout, "heartbeat-timeout", session.DefaultHeartbeatTimeout, "count a heartbeat that is unanswered for `D` as lost")
}

// A heartbeatConfig says which HeartRequests are injected.
type heartbeatConfig struct {
	periodic capture.Periodic
	timeout  time.Duration // when an unanswered HeartRequest counts as lost
}

// config returns what the flags say.
func (h *heartbeatFlags) config() (heartbeatConfig, error) {
	cfg := heartbeatConfig{timeout: h.timeout}
	if cfg.timeout <= 0 {
		return heartbeatConfig{}, fmt.Errorf("--heartbeat-timeout %v is not positive", h.timeout)
	}
	if h.periodic == "" {
		return cfg, nil
	}
	every, toward, _ := strings.Cut(h.periodic, ",")
	d, err := time.ParseDuration(every)
	if err != nil {
		return heartbeatConfig{}, fmt.Errorf("--heartbeat %q: %q is not a duration such as 500ms", h.periodic, every)
	}
	if d < minHeartbeat {
		return heartbeatConfig{}, fmt.Errorf("--heartbeat %v is less than %v", d, minHeartbeat)
	}
	cfg.periodic.Every = d
	switch toward {
	case "", protocol.Server.String():
		cfg.periodic.Toward[protocol.Server] = true
	case protocol.Client.String():
		cfg.periodic.Toward[protocol.Client] = true
	case both:
		cfg.periodic.Toward = protocol.ByPeer[bool]{true, true}
	default:
		return heartbeatConfig{}, fmt.Errorf("--heartbeat %q: %q is none of server, client, both", h.periodic, toward)
	}
	return cfg, nil
}
