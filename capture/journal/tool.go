package journal

import (
	"slices"
	"time"

	"anytls-inspect/capture"
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
	// CodeOutputFailed says that another output than the recording can't be written.
	CodeOutputFailed session.Code = "output-failed"
	// CodeFilterFailed says that the filter fails at a frame.
	CodeFilterFailed session.Code = "filter-failed"
	// CodePreflight says what the relay's first try of a server's TLS met: a failure, or a
	// server that takes long.
	CodePreflight session.Code = "preflight"
	// CodePingFailed says why a ping came to no session.
	CodePingFailed session.Code = "ping-failed"
)

// An Output is one of the things that a run writes, beside what it shows on a screen.
type Output string

// The outputs.
const (
	StandardOutput Output = "standard output"
	RecordingFile  Output = "recording"
	KeyLogFile     Output = "key log"
	ReportFile     Output = "report"
)

// An OutputFailure says that an output is not whole, and why, in a printable text.
type OutputFailure struct {
	Output Output
	Reason string
}

// toolSection stands where the spec of a session's code names a section of the
// protocol document.
const toolSection = "the tool"

// toolSpecs is the table of the tool's codes. It is never written to.
var toolSpecs = [...]session.DiagnosticSpec{
	{
		Code: CodeRecordingFailed, Severity: session.Error, Section: toolSection,
		Advice: "Nothing more is recorded; the relay goes on. Is the disk full, or slower than the traffic?",
	},
	{
		Code: CodeRecordingCut, Severity: session.Note, Section: toolSection,
		Advice: "The session goes on; its file ends before it. A larger --write-limit keeps more of a session, more --write-files keep it longer.",
	},
	{
		Code: CodeOutputLapped, Severity: session.Warning, Section: toolSection,
		Advice: "Read faster, filter with -f, or keep more with --history-frames.",
	},
	{
		Code: CodeOutputFailed, Severity: session.Error, Section: toolSection,
		Advice: "This output is not whole; the sessions go on. Is the disk full, or who reads it gone or stuck?",
	},
	{
		Code: CodeFilterFailed, Severity: session.Warning, Section: toolSection,
		Advice: "Frames at which the filter fails are not shown: correct -f, such as by asking first whether a divisor is 0.",
	},
	{
		Code: CodePreflight, Severity: session.Warning, Section: toolSection,
		Advice: "Clients will most likely meet the same: mend it first. --no-preflight leaves the try out.",
	},
	{
		Code: CodePingFailed, Severity: session.Error, Section: toolSection,
		Advice: "No session came about: the text says which step failed, why, and what to do.",
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

// AboutTool tells whether a code is one of the tool's own, which say nothing of the peers.
func AboutTool(code session.Code) bool {
	return slices.ContainsFunc(toolSpecs[:], func(spec session.DiagnosticSpec) bool { return spec.Code == code })
}

// toolDiagnostic returns a diagnostic of the tool.
func toolDiagnostic(code session.Code, text string) session.Diagnostic {
	return session.Diagnostic{Code: code, Severity: Spec(code).Severity, Text: text}
}

// Diagnose enters a diagnostic about the tool itself, with one of the tool's
// codes and a printable text. It belongs to no session, and is counted and shown
// as those of sessions are.
func (j *Journal) Diagnose(at time.Time, code session.Code, text string) {
	j.enter(at, 0, toolDiagnostic(code, text))
}

// DiagnoseSession does what Diagnose does for what the tool says of one session. The
// diagnostic's entry has the session's number, and its route where that is still known. It
// is none of the session's own: the session does not count it.
func (j *Journal) DiagnoseSession(at time.Time, id capture.SessionID, code session.Code, text string) {
	j.enter(at, id, toolDiagnostic(code, text))
}

// OutputFailed enters that an output is not whole, and why, in a printable text. The
// totals have the first failure of each output, and there is a diagnostic of it.
func (j *Journal) OutputFailed(at time.Time, output Output, reason string) {
	d := toolDiagnostic(CodeOutputFailed, string(output)+": "+reason)
	if output == RecordingFile {
		d = toolDiagnostic(CodeRecordingFailed, reason)
	}
	if j.failOutput(OutputFailure{output, reason}) {
		j.enter(at, 0, d)
	}
}

// failOutput adds an output to those that failed. It returns false where it is one of
// them already.
func (j *Journal) failOutput(f OutputFailure) (first bool) {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	for _, have := range j.totals.Outputs {
		if have.Output == f.Output {
			return false
		}
	}
	// Copies of the totals share the list: it is never written to.
	j.totals.Outputs = append(slices.Clip(j.totals.Outputs), f)
	return true
}
