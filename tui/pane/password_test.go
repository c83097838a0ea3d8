package pane

import (
	"testing"

	"github.com/charmbracelet/colorprofile"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// TestPasswordPaint: a password that is not the one given stands out until the server accepts the
// session. An Alert accepts none.
func TestPasswordPaint(t *testing.T) {
	styles := cell.NewStyles(cell.Look{Profile: colorprofile.TrueColor})
	p := &styles.Row
	framed := protocol.ByDirection[uint64]{protocol.ServerToClient: 1}
	for _, tt := range []struct {
		name  string
		state session.State
		want  cell.Paint
	}{
		{"nothing came", session.State{}, p.Bad},
		{"an Alert came", session.State{Frames: framed, Outcome: session.OutcomeRejected}, p.Bad},
		{"accepted", session.State{Frames: framed, Outcome: session.OutcomeAccepted}, p.Dim},
	} {
		tt.state.Auth.Password = session.PasswordDiffers
		if passwordPaint(p, &tt.state) != tt.want {
			t.Errorf("%s: it is shown otherwise", tt.name)
		}
	}
	if passwordPaint(p, &session.State{}) != p.Text {
		t.Error("one that is not known is shown otherwise")
	}
}
