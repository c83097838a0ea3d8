package export

import (
	"fmt"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// applied says what a rule does to which frame, such as "rule 2 delay ← SYNACK of stream 3 waits,
// for 4s".
func applied(a *session.Application) string {
	arrow := "→"
	if a.Dir == protocol.ServerToClient {
		arrow = "←"
	}
	s := fmt.Sprintf("%d %-9s %s %s", a.Rule, a.Action, arrow, a.Name())
	if a.Header.Stream != 0 {
		s += fmt.Sprintf(" of stream %d", a.Header.Stream)
	}
	s += fmt.Sprintf(", %d B", a.Header.Length)
	if a.All {
		s += ", and all behind it"
	}
	switch {
	case a.Waits:
		s += ", waits"
	case a.Ended:
		s += ", waits no longer, after " + span(a.Held)
	}
	if a.Text != "" {
		s += ": " + a.Text
	}
	return s
}

// ruleTotal says how often a rule was applied, and which it is.
func ruleTotal(r *journal.RuleTotal) string {
	s := "applied once"
	if r.Applied != 1 {
		s = fmt.Sprintf("applied %d times", r.Applied)
	}
	if r.Source != "" {
		s += ": " + r.Source
	}
	return s
}
