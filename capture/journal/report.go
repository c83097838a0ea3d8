package journal

import (
	"time"

	"anytls-inspect/protocol/session"
)

// Diagnose enters what the tool has to say of itself, and not of a session: that a
// recording ended. It is counted and shown as diagnostics are.
func (j *Journal) Diagnose(at time.Time, code session.Code, text string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	defer j.version.Add(1)
	j.totals.Diagnostics[code]++
	j.diagnosed(j.ring.last + 1)
	j.push(at, 0).Notice = session.Diagnostic{Code: code, Text: text, Nth: j.totals.Diagnostics[code]}
}
