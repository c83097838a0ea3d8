package session

// A Severity says how bad a [Diagnostic] is.
type Severity uint8

// The severities. An error breaks a session or a peer's expectation; a warning
// may; a note is worth knowing.
const (
	Note Severity = iota
	Warning
	Error
)

// String returns "note", "warning" or "error".
func (s Severity) String() string {
	return [...]string{"note", "warning", "error"}[min(s, Error)]
}

// A Code names a kind of diagnostic. Codes are stable: scripts rely on them.
type Code string

// The codes. What each means stands in docs/diagnostics.md.
const (
	CodePasswordMismatch      Code = "password-mismatch"
	CodeNotAnyTLS             Code = "not-anytls"
	CodeSettingsMalformed     Code = "settings-malformed"
	CodeSYNBeforeSettings     Code = "syn-before-settings"
	CodeWrongSide             Code = "command-from-wrong-side"
	CodeUnknownCommand        Code = "unknown-command"
	CodeDataNotAllowed        Code = "data-not-allowed"
	CodeDesynchronised        Code = "desynchronised"
	CodeStreamIDNotIncreasing Code = "stream-id-not-increasing"
	CodeUnknownStream         Code = "frame-for-unknown-stream"
	CodeTargetMalformed       Code = "target-malformed"
	CodeSYNACKError           Code = "synack-error"
	CodeSYNACKLate            Code = "synack-late"
	CodeSYNACKDuplicate       Code = "synack-duplicate"
	CodeHeartbeatUnanswered   Code = "heartbeat-unanswered"
	CodeHeartbeatUnsolicited  Code = "heartbeat-unsolicited"
	CodePaddingMalformed      Code = "padding-scheme-malformed"
	CodeAlert                 Code = "alert"
)

// A DiagnosticSpec is what is known of a code: how severe it is, the part of the
// protocol that it rests on, and one sentence of advice.
type DiagnosticSpec struct {
	Code     Code
	Severity Severity
	Section  string
	Advice   string
}

// specs is the table of codes. It is never written to.
var specs = [...]DiagnosticSpec{
	{CodePasswordMismatch, Error, "auth preamble", "Client and relay were given different passwords; a server that disagrees too closes without a word, or answers as another service."},
	{CodeNotAnyTLS, Warning, "auth preamble", "These bytes are not AnyTLS: a wrong password with a fallback service, or another protocol on this port. They are relayed as they are."},
	{CodeSettingsMalformed, Error, "Settings", "Each line of settings is key=value; a server may refuse the session."},
	{CodeSYNBeforeSettings, Error, "Settings", "A server must refuse a session whose client opens a stream before it sent Settings."},
	{CodeWrongSide, Error, "commands", "Only the other side may send this command; most peers ignore it, some close."},
	{CodeUnknownCommand, Warning, "commands", "The protocol has no such command: a newer peer, or lost framing. Some peers skip it with its data, some without, some close."},
	{CodeDataNotAllowed, Error, "frame", "This command can't carry data: the Go implementations leave it in the stream and lose the framing from here on."},
	{CodeDesynchronised, Error, "frame", "Several unknown commands in a row: the framing is lost. Look at the last good frame before it."},
	{CodeStreamIDNotIncreasing, Error, "stream ids", "Stream ids rise by one within a session; a server may mix this stream up with an earlier one."},
	{CodeUnknownStream, Warning, "stream ids", "No SYN opened this stream, or it is closed; peers drop the frame, and its data is lost."},
	{CodeTargetMalformed, Error, "targets", "A stream's payload begins with a SOCKS address; the server can't tell where to connect."},
	{CodeSYNACKError, Warning, "SYNACK", "The server could not connect to the target; the text is its reason."},
	{CodeSYNACKLate, Error, "SYNACK", "The reference client closes the whole session, with all its streams, when a SYNACK takes longer than 3 s."},
	{CodeSYNACKDuplicate, Warning, "SYNACK", "One SYNACK a stream; another one may be taken for an error."},
	{CodeHeartbeatUnanswered, Error, "HeartRequest", "A peer of version 2 must answer each HeartRequest; one that is stuck on a stream's data can't."},
	{CodeHeartbeatUnsolicited, Warning, "HeartResponse", "Nobody asked for this answer; a peer that counts answers as life is misled by it."},
	{CodePaddingMalformed, Error, "padding scheme", "A client leaves out what it can't parse; without a valid stop it keeps its old scheme."},
	{CodeAlert, Error, "Alert", "The server refused the session; the text is its reason."},
}

// Spec returns what is known of c.
func (c Code) Spec() DiagnosticSpec {
	for _, s := range specs {
		if s.Code == c {
			return s
		}
	}
	return toolSpec(c)
}

// Codes returns all codes, in the table's order.
func Codes() []Code {
	codes := make([]Code, len(specs))
	for i, s := range specs {
		codes[i] = s.Code
	}
	return codes
}
