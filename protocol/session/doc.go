// Package session says what the frames of AnyTLS sessions mean: who authenticated,
// what was negotiated, which streams are open, whose heartbeats were answered and
// how fast, and what is against the protocol.
//
// The relay and the replay of a capture feed the same [Tracker], so they can't tell
// different stories. A session's bytes pass through it in five steps:
//
//  1. Bytes: [Tracker.Record] and [Tracker.Data] take plaintext of one direction, and
//     when it was seen. First they let time pass, as [Tracker.Tick] does: what is due
//     by then happens before, in the order of time.
//  2. Framing: a [Framing] cuts the direction's bytes into pieces of frames, and
//     judges whether they can be frames. Once it is opaque, bytes are only counted.
//  3. Pieces: the payload of each piece of a PSH goes to its stream at once. The data
//     of a frame is collected until it is whole: all of what is parsed, of the rest as
//     much as [Config].Snap says.
//  4. Frames: each whole frame is handed to [Handler].Frame. Then it is compared with
//     what the protocol allows its command.
//  5. Meaning: the frame changes the [State] of the session and its streams. What it
//     meant is handed to [Handler].Notice.
//
// The steps rest on the protocol document (see package protocol). Each of its
// sections has files here:
//
//	Authentication          auth.go; firstrecords.go: the TLS records it came in;
//	                        verdict.go: what the server makes of it; beginning.go: who
//	                        answers in its place
//	Session                 framing.go, collector.go: frames, or lost framing
//	Command                 commands.go: who may send what, what follows from it
//	cmdSettings             settings.go: with cmdServerSettings, and the version
//	cmdSYN, cmdSYNACK       lifecycle.go, streamids.go, unanswered.go
//	cmdPSH                  payload.go
//	cmdFIN                  lifecycle.go, fins.go: FIN, and half a close
//	cmdHeartRequest         heartbeats.go, ledger.go: whose answer it is;
//	                        stall.go: which stream holds it up; lateflush.go:
//	                        answers that come only with the next frame
//	cmdAlert                alert.go
//	cmdUpdatePaddingScheme  schemes.go, sentscheme.go
//	paddingScheme           paddingcheck.go; zeros.go: sizes that a frame can't hold
//	Proxy                   target.go, datagramaddress.go
//	Session reuse           fleet.go, idlepool.go, reuse.go, churn.go; crossing.go: a
//	                        session that ends as a stream is opened in it
//
// looks.go learns the habits by which implementations differ, lookstable.go has whose they are,
// and looksguess.go what a peer looks like by them.
//
// tracker.go has the first of the five steps, frames.go the others, and state.go what a
// tracker answers. stream.go, streamtable.go and streambudget.go hold the streams, and
// memory.go gives back what they and an ended session took. timeout.go and awake.go have
// what follows from time: obligation.go says who owes what, silence.go who does not give
// it, blocked.go and deadline.go what bytes that do not move hold up, path.go and
// pathdead.go whether there is a way to the peer. gone.go has what follows once a peer is
// gone, ending.go what follows from the end, leaving.go whom that cuts off, and outcome.go how
// far a session came; movers.go has which streams moved; roundtrips.go,
// heartbeatcounts.go, figures.go, millis.go and runs.go the numbers; codes.go and diagnostic.go the
// table of diagnostics; handler.go and notices.go what a Handler is told, and info.go a frame
// in one line; limits.go the limits that others share.
//
// What the source could not see is held against nobody. evidence.go has what it tells of that,
// and needs.go the table of what each diagnostic rests on; gap.go what follows from missing
// bytes, search.go and expectation.go where decoding goes on behind them, early.go what came before
// that which it answers, and siblings.go what one session hides from its siblings.
//
// What goes wrong for one reason shows in many diagnostics, of several sessions. Whoever has
// those of all sessions, in order, puts them together by [Incidents]:
//
//  1. A tracker that diagnoses what waits says for whom, since when, and since when that peer
//     is silent: a [Wait] (wait.go, and path.go for what several sessions share).
//  2. [Incidents.Join] finds the incident that a diagnostic or a notice is an effect of, or
//     opens one (incidents.go; effect.go: what belongs to what; cause.go: which cause ranks
//     higher).
//  3. The effect is counted. The incident has another cause where one shows that ranks
//     higher (incidentgrow.go).
//  4. [Incidents.Heard], [Incidents.Ended], and the notice of bytes that move again, end what
//     is the state of a peer (incidentend.go).
//  5. [Incidents.Due] says what there is to tell by a time: that an incident has grown, or is
//     closed (incidenttold.go). incident.go has the notice that tells it, and incidenttext.go
//     its sentence.
//
// What the sessions of one client show only together is found by a [Fleet] that
// their trackers share. It holds copies of facts, which each tracker writes when they
// change, and no tracker looks at another one. The relay itself uses two parts of the
// package: [Framing], to know where it may insert a frame, and [Ledger], to know whose a
// heartbeat's answer is.
//
// The package is pure: no sockets, no clock, no goroutines. Who guards what:
//
//	a Schemes       its own lock; nothing else is locked under it
//	a StreamBudget  nobody: it has atomics alone
//	a Fleet         its own lock, likewise: its members are written by their own
//	                trackers, under it, and what it finds is handed out after it; the
//	                paths to peers have locks of their own, and atomics
//	a Tracker       its caller; trackers that share one of these may run at the same
//	                time
//	an Incidents    its caller, which has the diagnostics of all sessions
//	all the rest    its caller
package session
