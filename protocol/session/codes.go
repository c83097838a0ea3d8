package session

// The codes of diagnostics about sessions. docs/diagnostics.md says what each means.
const (
	CodeAuthSplit             Code = "auth-split"
	CodeAuthPaddingMismatch   Code = "auth-padding-mismatch"
	CodePasswordMismatch      Code = "password-mismatch"
	CodeNotAnyTLS             Code = "not-anytls"
	CodeSettingsMissing       Code = "settings-missing"
	CodeSettingsMalformed     Code = "settings-malformed"
	CodeSYNBeforeSettings     Code = "syn-before-settings"
	CodeVersionMismatch       Code = "version-mismatch"
	CodeWrongSide             Code = "command-from-wrong-side"
	CodeUnknownCommand        Code = "unknown-command"
	CodeDataNotAllowed        Code = "data-not-allowed"
	CodeDesynchronised        Code = "desynchronised"
	CodeStreamIDNotIncreasing Code = "stream-id-not-increasing"
	CodeStreamReused          Code = "stream-reused"
	CodeUnknownStream         Code = "frame-for-unknown-stream"
	CodeFrameAfterFIN         Code = "frame-after-fin"
	CodeHalfCloseConflict     Code = "half-close-conflict"
	CodeTargetMalformed       Code = "target-malformed"
	CodeUoTAddressType        Code = "uot-address-type"
	CodeSYNACKError           Code = "synack-error"
	CodeSYNACKLate            Code = "synack-late"
	CodeSYNACKMissing         Code = "synack-missing"
	CodeSYNACKDuplicate       Code = "synack-duplicate"
	CodeHeartbeatUnanswered   Code = "heartbeat-unanswered"
	CodeHeartbeatSlow         Code = "heartbeat-slow"
	CodeHeartbeatStalled      Code = "heartbeat-stalled-by-stream"
	CodeHeartbeatUnsolicited  Code = "heartbeat-unsolicited"
	CodeHeartbeatWrongStream  Code = "heartbeat-wrong-stream"
	CodeHeartbeatStreamID     Code = "heartbeat-stream-id"
	CodePaddingViolation      Code = "padding-violation"
	CodePaddingIgnored        Code = "padding-scheme-ignored"
	CodePaddingMalformed      Code = "padding-scheme-malformed"
	CodeAlert                 Code = "alert"
	CodeAlertNotClosed        Code = "alert-not-closed"
	CodeSessionSilent         Code = "session-silent"
	CodeServerSilent          Code = "server-silent"
	CodePeerNotReading        Code = "peer-not-reading"
	CodeControlWriteDeadline  Code = "control-write-deadline"
	CodeRejected              Code = "rejected"
	CodeSessionKeptOpen       Code = "session-kept-open"
	CodeSessionChurn          Code = "session-churn"
	CodeIdlePoolOrder         Code = "idle-pool-order"
	CodeSessionNotReused      Code = "session-not-reused"
	CodeClosedAsOpened        Code = "closed-as-stream-opened"
	CodeSYNACKThenNothing     Code = "synack-then-nothing"
	CodePaddingEarly          Code = "padding-scheme-applied-early"
	CodePaddingOversize       Code = "padding-scheme-oversize"
	CodePaddingNewline        Code = "padding-scheme-newline"
	CodeAnsweredWithNext      Code = "answered-with-next-frame"
	CodeClosedBy              Code = "closed-by"
	CodePathDead              Code = "path-dead"
	CodeTLSFailed             Code = "tls-failed"
	CodeResynchronised        Code = "resynchronised"
	CodeReceiverLost          Code = "receiver-lost"
)

// specs is the table of codes: severity, part of the protocol document, advice. It is
// never written to.
var specs = [...]DiagnosticSpec{
	{CodeAuthSplit, Error, "auth preamble", "Write the preamble with one call: the reference's servers read once, and close a session whose preamble is not in the first record."},
	{CodeAuthPaddingMismatch, Warning, "padding scheme", "The length of padding0 is slot 0 of the scheme that Settings name; another one makes the first record stand out."},
	{CodePasswordMismatch, Error, "auth preamble", "Compare the client's password with the server's, and with the relay's: a server that knows another one closes without a word, or answers as another service."},
	{CodeNotAnyTLS, Warning, "auth preamble", "These bytes are not AnyTLS: a wrong password with a fallback service, or another protocol on this port. They are relayed as they are."},
	{CodeSettingsMissing, Error, "Settings", "Settings are a client's first frame; a server that has not seen them refuses streams."},
	{CodeSettingsMalformed, Error, "Settings", "Each line of settings is key=value; a server may refuse the session."},
	{CodeSYNBeforeSettings, Error, "Settings", "A server must refuse a session whose client opens a stream before it sent Settings."},
	{CodeVersionMismatch, Warning, "versions", "Both sides run as the lower of their versions: to a peer of version 1 this command is unknown."},
	{CodeWrongSide, Error, "commands", "Only the other side may send this command; most peers ignore it, some close."},
	{CodeUnknownCommand, Warning, "commands", "The protocol has no such command: a newer peer, or lost framing. Some peers skip it with its data, some without, some close."},
	{CodeDataNotAllowed, Error, "frame", "This command can't carry data: the Go implementations leave it in the stream and lose the framing from here on."},
	{CodeDesynchronised, Error, "frame", "Several unknown commands in a row: the framing is lost. Look at the last good frame before it."},
	{CodeStreamIDNotIncreasing, Error, "stream ids", "Stream ids rise by one within a session; a server may mix this stream up with an earlier one."},
	{CodeStreamReused, Error, "stream ids", "Open each stream with an id of its own: servers ignore a second SYN, close the session, or mix the two streams up."},
	{CodeUnknownStream, Warning, "stream ids", "No SYN opened this stream, or it is closed; peers drop the frame, and its data is lost."},
	{CodeFrameAfterFIN, Warning, "FIN", "FIN is the last frame that a side sends on a stream; peers drop what follows."},
	{CodeHalfCloseConflict, Warning, "FIN", "FIN ends the whole stream: a peer that keeps to that has dropped it, and what is sent now is lost; downloads are cut short."},
	{CodeTargetMalformed, Error, "targets", "A stream's payload begins with a SOCKS address; the server can't tell where to connect."},
	{CodeUoTAddressType, Error, "targets", "Targets and requests use the address types of SOCKS, datagrams a table of their own: 0 IPv4, 1 IPv6, 2 domain."},
	{CodeSYNACKError, Warning, "SYNACK", "The server could not connect to the target; the text is its reason."},
	{CodeSYNACKLate, Error, "SYNACK", "The reference client closes the whole session, with all its streams, when a SYNACK takes longer than 3 s."},
	{CodeSYNACKMissing, Error, "SYNACK", "A server of version 2 answers each SYN; the reference client closes the whole session where no SYNACK comes within 3 s."},
	{CodeSYNACKDuplicate, Warning, "SYNACK", "One SYNACK a stream; another one may be taken for an error."},
	{CodeHeartbeatUnanswered, Error, "HeartRequest", "A peer of version 2 must answer each HeartRequest; one that is stuck on a stream's data can't."},
	{CodeHeartbeatSlow, Note, "HeartRequest", "The path is long, a queue stands in it, or the peer is busy: compare with the TCP round-trip."},
	{CodeHeartbeatStalled, Warning, "HeartRequest", "The session is probably not dead: streams share one connection, and one whose data nobody takes holds up all others."},
	{CodeHeartbeatUnsolicited, Warning, "HeartResponse", "Nobody asked for this answer; a peer that counts answers as life is misled by it."},
	{CodeHeartbeatWrongStream, Warning, "HeartResponse", "Answer with the stream id of the request; a peer that tells its requests apart by it takes this for no answer."},
	{CodeHeartbeatStreamID, Error, "HeartRequest", "Heartbeats are about the session, with stream id 0: some peers end the session on another one."},
	{CodePaddingViolation, Warning, "padding scheme", "The client's first writes are not shaped as its scheme says, so that they don't look like those of other clients."},
	{CodePaddingIgnored, Warning, "padding scheme", "Sessions opened after an UpdatePaddingScheme must use the new scheme; a server may refuse a client that does not."},
	{CodePaddingMalformed, Error, "padding scheme", "A client leaves out what it can't parse; without a valid stop it keeps its old scheme."},
	{CodeAlert, Error, "Alert", "The server refused the session; the text is its reason."},
	{CodeAlertNotClosed, Warning, "Alert", "Both sides close the session after an Alert; one that stays open holds streams that nobody serves."},
	{CodeSessionSilent, Warning, "sessions", "One direction is dead, or its sender is stuck: close the session and open another."},
	{CodeServerSilent, Error, "sessions", "Look at the server's process, at its load and at the path. Where it has never answered, look first at the password, and at what listens on that port. A heartbeat tells a server that is busy with a target from one that is lost."},
	{CodePeerNotReading, Error, "sessions", "That peer's program does not read, and all streams of the session wait: most often one stream whose own receiver takes nothing holds it up. Look at that stream's other end, or open sessions of their own for long transfers."},
	{CodeControlWriteDeadline, Error, "sessions", "Go implementations since 0.0.9 end a session in which a write takes 5 s once a control frame is written. The one that does not read is the cause: see peer-not-reading."},
	{CodeRejected, Error, "auth preamble", "Compare the client's password with the server's, and what listens there: a server ends a session without a word where it does not know the credential."},
	{CodeSessionKeptOpen, Note, "sessions", "Some programs, such as anytls-rs 0.3.0, leave a session open that the other side has closed, until they write to it or end: harmless here, a leak of memory and descriptors there."},
	{CodeSessionChurn, Warning, "reuse", "Sessions are for reuse: look at who closes them and why, or whether the client's reuse is off."},
	{CodeIdlePoolOrder, Note, "reuse", "Use the newest idle session first, so that old ones become idle for long enough to be closed."},
	{CodeSessionNotReused, Warning, "reuse", "Let the client open streams in the sessions that it has: each new one costs a TLS handshake and padding, and the idle ones take memory on both sides."},
	{CodeClosedAsOpened, Warning, "reuse", "The server, or a box before it, gives idle sessions up sooner than the client: let the client close them first, or try such a stream again in another session."},
	{CodeSYNACKThenNothing, Note, "SYNACK", "Not the session is stuck but what is behind the server: a target that does not answer, or a server that accepts streams before it has connected. A target that only listens does so too."},
	{CodePaddingEarly, Note, "padding scheme", "Nothing is wrong: sing-box and the reference apply a new scheme to all their sessions at once. Compare the later records with that scheme."},
	{CodePaddingOversize, Error, "padding scheme", "Correct the server's scheme: sizes up to 16384, slot 0 up to 1152."},
	{CodePaddingNewline, Note, "padding scheme", "Client and server have the same scheme, but for the newline at its end: use one text on both sides, or the server sends it in each session."},
	{CodeAnsweredWithNext, Warning, "HeartResponse", "The peer probably writes its answers into a buffer and flushes that late: let it flush behind each frame. Heartbeats themselves change such a pair, since each flushes what waits."},
	{CodeClosedBy, Note, "sessions", "Who ended the session, and how: close_notify is a decision, a bare FIN a program that ended, a reset a crash or a box in between."},
	{CodeTLSFailed, Error, "TLS", "Nothing of AnyTLS goes over a leg whose TLS fails: the text says which leg it is, why, and what to do."},
	{CodeResynchronised, Note, "frame", "Nobody is to blame: the capture lacks bytes. What they held is not known, and no diagnostic rests on it. Capture with larger buffers, or nearer to a peer."},
	{CodeReceiverLost, Warning, "frame", "A rule of this run did that on purpose. What that peer does from here on is held against nobody; a new session begins anew."},
	{CodePathDead, Error, "sessions", "The path to that peer is gone, or its machine: a box in between has forgotten the connection, or drops its packets. Where TCP has had no answer, the peer's program is not to blame; else a server that stands still looks the same."},
}
