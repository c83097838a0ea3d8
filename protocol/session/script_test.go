package session_test

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
	"anytls-inspect/protocol/session"
)

// A playedScript is a script, and the configuration of the trackers that it is
// played to. Its config lines have these settings:
//
//	config password=secret timeout=2s snap=64 keep=4
//	config route=2:us                                # session 2 comes by it
type playedScript struct {
	cfg    session.Config
	steps  []script.Step
	routes map[uint32]string // by which sessions come, where there are several
}

func parseScript(text string) (playedScript, error) {
	s := playedScript{cfg: session.Config{Snap: 1024, KeepStreams: 16, Fingerprints: protocol.FingerprintKey{1}}}
	parsed, err := script.Parse(text)
	if err != nil {
		return s, err
	}
	s.steps = parsed.Steps
	for _, setting := range parsed.Config {
		if err := s.configure(setting.Key, setting.Value); err != nil {
			return s, fmt.Errorf("config %s=%s: %w", setting.Key, setting.Value, err)
		}
	}
	return s, nil
}

func (s *playedScript) configure(key, value string) (err error) {
	switch key {
	case "password":
		s.cfg.Credentials = append(s.cfg.Credentials, session.Credential{Hash: protocol.HashPassword(value)})
	case "timeout":
		s.cfg.HeartbeatTimeout, err = time.ParseDuration(value)
	case "snap":
		s.cfg.Snap, err = strconv.Atoi(value)
	case "keep":
		s.cfg.KeepStreams, err = strconv.Atoi(value)
	case "route":
		id, name, _ := strings.Cut(value, ":")
		var n int
		n, err = strconv.Atoi(id)
		if s.routes == nil {
			s.routes = make(map[uint32]string)
		}
		s.routes[uint32(n)] = name
	default:
		err = fmt.Errorf("no setting %q", key)
	}
	return err
}
