// Package capture is the contract between the sources of sessions and those who look
// at them. It holds no state but that of a [Registry], and starts no goroutines.
//
// A source (the relay, a replay, our own peers) records an [Event] for everything
// that the wire carried into a [Sink]. Normally that is the journal, from which every
// reader pulls. Events carry the plaintext of TLS records: RFC 8446, section 5.1, and
// the section Session of the AnyTLS protocol document. Control goes the other way,
// from the screen, a timer or a flag to the source.
//
// Who calls what, from which goroutine:
//
//	Sink.Record     the source. A session's Opened comes first and its Closed last;
//	                between them, each direction's events come from one goroutine at
//	                a time, in the order of the wire. Several sessions, and the two
//	                directions of one, record at the same time.
//	Control         the screen, and the timer of the periodic heartbeats: any
//	                goroutine. No method waits for a peer.
//	Registry        a live source, when a session begins and ends; it is the Control
//	                of all routes, and calls the LiveSession that is meant
//	Playback        the screen: any goroutine. No method waits for the replay.
//	Recorder.Leg    a live source, when the TCP connection of a leg stands
//	LegRecorder     a live source: whoever handshakes, reads or writes on the leg.
//	                Bytes may wait for the disk.
//
// A [Recorder] takes a leg below TLS, with the secrets that open it. What it writes
// can be replayed, and the replay records the same events as the relay did. What the bytes
// of a leg don't show stands in comments: a [Note] on a frame, a [StateNote] on the leg.
package capture
