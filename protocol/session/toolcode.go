package session

// CodeRecordingFailed is about the tool itself and not about a session, so that
// nothing on the wire raises it: the file that is recorded to can't be written.
const CodeRecordingFailed Code = "recording-failed"

// toolSpec is what is known of the codes about the tool itself.
func toolSpec(c Code) DiagnosticSpec {
	if c == CodeRecordingFailed {
		return DiagnosticSpec{
			Code: c, Severity: Error, Section: "the tool",
			Advice: "Nothing more is recorded; the relay goes on. Is the disk full?",
		}
	}
	return DiagnosticSpec{Code: c, Severity: Note}
}
