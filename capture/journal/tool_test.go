package journal_test

import (
	"slices"
	"testing"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// TestSpec holds that readers find what is known of a code in one place, whether
// it is a session's or the tool's.
func TestSpec(t *testing.T) {
	for _, code := range session.Codes() {
		if got := journal.Spec(code); got != code.Spec() {
			t.Errorf("%s is %+v, and in its own package %+v", code, got, code.Spec())
		}
	}
	tests := map[session.Code]session.Severity{
		journal.CodeRecordingFailed: session.Error,
		journal.CodeRecordingCut:    session.Note,
		journal.CodeOutputLapped:    session.Warning,
	}
	for code, severity := range tests {
		got := journal.Spec(code)
		if got.Code != code || got.Severity != severity || got.Section == "" || got.Advice == "" {
			t.Errorf("%s: %+v", code, got)
		}
		if slices.Contains(session.Codes(), code) {
			t.Errorf("%s is a session's code too", code)
		}
	}
	if got := journal.Spec("no-such"); got != (session.DiagnosticSpec{Code: "no-such"}) {
		t.Errorf("a code that there is not: %+v", got)
	}
}
