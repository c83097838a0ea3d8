package journal

import (
	"time"

	"anytls-inspect/protocol/session"
)

// The codes of what the tool says of itself. Nothing on the wire raises them.
const (
	// CodeRecordingFailed says that the file that is recorded to can't be written.
	CodeRecordingFailed session.Code = "recording-failed"
	// CodeRecordingCut says that a session is recorded no further, while it and the
	// recording of others go on.
	CodeRecordingCut session.Code = "recording-cut"
	// CodeOutputLapped says that entries were evicted before they could be written
	// to the output: see [Batch].Missed.
	CodeOutputLapped session.Code = "output-lapped"
)

// toolSection stands where the spec of a session's code names a section of the
// protocol document.
const toolSection = "the tool"

// toolSpecs is the table of the tool's codes. It is never written to.
var toolSpecs = [...]session.DiagnosticSpec{
	{
		Code: CodeRecordingFailed, Severity: session.Error, Section: toolSection,
		Advice: "Nothing more is recorded; the relay goes on. Is the disk full?",
	},
	{
		Code: CodeRecordingCut, Severity: session.Note, Section: toolSection,
		Advice: "The session goes on; its file ends before it. A larger --write-limit keeps more of a session, more --write-files keep it longer.",
	},
	{
		Code: CodeOutputLapped, Severity: session.Warning, Section: toolSection,
		Advice: "Read faster, filter with -f, or keep more with --history-frames.",
	},
}

// Spec returns what is known of a code, whether it is a session's or the tool's.
// Readers use it for the diagnostics that the journal holds. For a code that is
// neither it returns what [session.Code.Spec] does.
func Spec(code session.Code) session.DiagnosticSpec {
	for _, spec := range toolSpecs {
		if spec.Code == code {
			return spec
		}
	}
	return code.Spec()
}

// Diagnose enters a diagnostic about the tool itself, with one of the tool's
// codes and a printable text. It belongs to no session, and is counted and shown
// as those of sessions are.
func (j *Journal) Diagnose(at time.Time, code session.Code, text string) {
	j.enter(at, session.Diagnostic{Code: code, Text: text})
}
