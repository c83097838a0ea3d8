package journal_test

import (
	"slices"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// TestSpec holds that readers find what is known of a code in one place, whether
// it is a session's or the tool's.
func TestSpec(t *testing.T) {
	for _, code := range session.Codes() {
		if got := journal.Spec(code); got != code.Spec() || journal.AboutTool(code) {
			t.Errorf("%s is %+v, and in its own package %+v", code, got, code.Spec())
		}
	}
	tests := map[session.Code]session.Severity{
		journal.CodeRecordingFailed: session.Error,
		journal.CodeRecordingCut:    session.Note,
		journal.CodeOutputLapped:    session.Warning,
		journal.CodeOutputFailed:    session.Error,
		journal.CodeFilterFailed:    session.Warning,
		journal.CodePreflight:       session.Warning,
	}
	for code, severity := range tests {
		got := journal.Spec(code)
		if !journal.AboutTool(code) || got.Code != code || got.Severity != severity || got.Section == "" || got.Advice == "" {
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

// TestOutputFailed: an output that failed is told once, by a diagnostic and in the
// totals, and a copy of these stays as it is.
func TestOutputFailed(t *testing.T) {
	j := journal.New(journal.Limits{}, session.Config{})
	at := time.Unix(0, 0)
	j.OutputFailed(at, journal.StandardOutput, "no space left")
	before := j.Totals()
	for range 2 {
		j.OutputFailed(at, journal.RecordingFile, "too large")
		j.OutputFailed(at, journal.StandardOutput, "again")
	}
	want := []journal.OutputFailure{{Output: journal.StandardOutput, Reason: "no space left"}, {Output: journal.RecordingFile, Reason: "too large"}}
	totals := j.Totals()
	if !slices.Equal(totals.Outputs, want) || !slices.Equal(before.Outputs, want[:1]) {
		t.Errorf("failed: %q, and before %q; want %q", totals.Outputs, before.Outputs, want)
	}
	if n := totals.Diagnostics; n[journal.CodeOutputFailed] != 1 || n[journal.CodeRecordingFailed] != 1 || len(n) != 2 {
		t.Errorf("diagnostics: %v", n)
	}
	var texts []string
	for b := (&journal.Batch{}); j.Read(b, 16); {
		for i := range b.Entries {
			if d, ok := b.Entries[i].Notice.(session.Diagnostic); ok {
				texts = append(texts, d.Text)
			}
		}
	}
	if !slices.Equal(texts, []string{"standard output: no space left", "too large"}) {
		t.Errorf("the diagnostics say %q", texts)
	}
}

// TestDiagnoseSession: what the tool says of a session has its number and its route, and
// is not counted among what the session raised itself.
func TestDiagnoseSession(t *testing.T) {
	s := newSource(journal.Limits{})
	s.Record(&capture.Event{Kind: capture.Listening, At: s.now, Route: "eu", Client: "127.0.0.1:1", Server: "eu.example:443"})
	s.by(1, "eu", "password")
	s.DiagnoseSession(s.now, 1, journal.CodeRecordingCut, "recorded no further")
	s.DiagnoseSession(s.now, 7, journal.CodeRecordingCut, "of a session that is not known")
	s.Diagnose(s.now, journal.CodeRecordingFailed, "of none")
	type about struct {
		session capture.SessionID
		route   string
		nth     uint64
	}
	var got []about
	entries, _ := read(t, s.Journal)
	for _, e := range entries {
		if d, ok := e.Notice.(session.Diagnostic); ok {
			got = append(got, about{e.Session, e.Route, d.Nth})
		}
	}
	if want := []about{{1, "eu", 1}, {7, "", 2}, {0, "", 1}}; !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if list := journal.Look(s.Journal, journal.AskDiagnostics{Window: journal.Window{Limit: 10}}); len(list.Rows) != 3 || list.Rows[0].Session != 1 {
		t.Errorf("the list is %+v", list)
	}
}
