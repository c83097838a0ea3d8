package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// alertTime is how long a session may stay open after an Alert.
const alertTime = 3 * time.Second

// An alertState says whether the server is done after its Alert: it must close
// the session then.
type alertState struct {
	open bool      // there was an Alert, and it is not reported yet that the session goes on
	at   time.Time // of the first Alert
}

// alert takes an Alert.
func (t *Tracker) alert(at time.Time, data []byte) {
	if t.st.Alert == "" {
		t.alerted = alertState{open: true, at: at}
	}
	t.st.Alert = excerpt(data)
	if len(data) == 0 {
		t.st.Alert = "no reason given"
	}
	t.diagnose(CodeAlert, 0, protocol.ServerToClient, t.st.Alert)
}

// afterAlert reports a server that goes on after its Alert. What the client
// sends may have been on its way.
func (t *Tracker) afterAlert(dir protocol.Direction, c protocol.Command) {
	if dir == protocol.ServerToClient && c != protocol.Alert {
		t.alerted.open = false
		t.diagnose(CodeAlertNotClosed, 0, dir, fmt.Sprintf("the server sent %v after its Alert", c))
	}
}
