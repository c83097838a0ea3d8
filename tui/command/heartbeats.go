package command

import (
	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

// heartbeats returns the commands that send heartbeats.
func heartbeats() Group {
	live := func(s State) error {
		if !s.Live {
			return capture.ErrNotLive
		}
		if s.ReadOnly {
			return capture.ErrReadOnly
		}
		return nil
	}
	return Group{"Heartbeats", []Command{
		{
			Name: "heartbeat-server", Keys: []string{"h"}, Label: "h",
			Help:    "inject a HeartRequest toward the server",
			Hint:    Hint{Place: 10, Word: always("♥→server")},
			Enabled: live, Run: Inject{Toward: protocol.Server},
		},
		{
			Name: "heartbeat-client", Keys: []string{"H"}, Label: "H",
			Help:    "inject one toward the client; again: don't wait for the padding's stop",
			Hint:    Hint{Place: 11, Word: always("♥→client")},
			Enabled: live, Run: Inject{Toward: protocol.Client},
		},
		{
			Name: "heartbeat-periodic", Keys: []string{"p"}, Label: "p",
			Help:    "periodic heartbeats on or off",
			Hint:    Hint{Place: 12, Word: always("periodic")},
			Enabled: live, Run: TogglePeriodic{},
		},
	}}
}
