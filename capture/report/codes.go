package report

import (
	"slices"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// IsCode tells whether a problem may have the code: one of a diagnostic, or of what only a run as a
// whole shows.
func IsCode(code string) bool {
	return slices.Contains(ownCodes(), code) || slices.Contains(session.Codes(), session.Code(code)) || journal.AboutTool(session.Code(code))
}

// ownCodes returns the codes of problems that are no diagnostics': of what only a run as a whole shows.
func ownCodes() []string {
	list := []string{
		CodeNotRun, codeFailsAlone, codeRelayBreaks, codeRelayHides, codeRequestsFailed, codeStepFailed, codeDatagrams, codeTargets, codeIdle,
	}
	for _, p := range logPeers {
		list = append(list, p.peer+codeLog)
	}
	return list
}
