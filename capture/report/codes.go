package report

import (
	"slices"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// IsCode tells whether a problem may have the code: one of a diagnostic, or of what only a run as a
// whole shows.
func IsCode(code string) bool {
	own := []string{
		CodeNotRun, codeFailsAlone, codeRelayBreaks, codeRelayHides, codeRequestsFailed, codeStepFailed, codeDatagrams,
		codeTargets, codeIdle, "server" + codeLog, "client" + codeLog,
	}
	return slices.Contains(own, code) || slices.Contains(session.Codes(), session.Code(code)) || journal.AboutTool(session.Code(code))
}
