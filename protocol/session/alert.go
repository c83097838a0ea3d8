package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// alertTime is how long a session may stay open after an Alert: both sides close
// it then (section cmdAlert).
const alertTime = 3 * time.Second

// An alertState is what is known of a session after the server's Alert.
type alertState struct {
	open bool      // there was an Alert, and a session that goes on is not diagnosed yet
	at   time.Time // of the first Alert
	// unsure says that the session's end may be among bytes that were not seen.
	unsure bool
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
	if t.sawServer() {
		t.comesTo(OutcomeRejected)
	}
}

// afterAlert diagnoses a server that sends another frame after its Alert. It lets
// the client's frames pass, which may have been on their way.
func (t *Tracker) afterAlert(dir protocol.Direction, c protocol.Command) {
	if dir == protocol.ServerToClient && c != protocol.Alert {
		t.alerted.open = false
		t.diagnose(CodeAlertNotClosed, 0, dir, fmt.Sprintf("the server sent %v after its Alert", c))
	}
}
