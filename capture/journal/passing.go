package journal

import "anytls-inspect/protocol/session"

// BusyStreams is how many streams move bytes at once where heartbeats are under load.
const BusyStreams = 8

// Passing counts what passed in all sessions, whoever caused it. Nobody drove it for the run, so
// it is observed, and not measured.
type Passing struct {
	Streams uint64 `json:"streams"` // that were opened
	Carried uint64 `json:"carried"` // of these, on which payload of both peers passed
	Refused uint64 `json:"refused"` // that the server refused, with a SYNACK that has a text
	// Cut counts those that ended with their session, where neither peer had ended them, and the
	// client did not leave in good order.
	Cut   uint64 `json:"cut"`
	Bytes uint64 `json:"bytes"` // of payload, of both directions
	Busy  Busy   `json:"busy"`
}

// Busy are the heartbeats that came to an end while at least [BusyStreams] streams had moved
// bytes within a second, in whichever sessions.
type Busy struct {
	Streams  int    `json:"streams"` // the most that moved bytes within a second, as far as was counted
	Answered uint64 `json:"answered"`
	Lost     uint64 `json:"lost"`
}

// Outcomes counts sessions by how far they came. Sessions of which too little was seen are in
// none of them, and so are clients that left before the server owed anything.
type Outcomes struct {
	Carried    uint64 `json:"carried"`    // the server accepted it: it sent a frame other than an Alert
	Unanswered uint64 `json:"unanswered"` // the server owed an answer, and sent no frame
	Rejected   uint64 `json:"rejected"`   // the server closed it without a frame, or with an Alert alone
	TLSFailed  uint64 `json:"tls_failed"` // TLS failed, of whichever leg
}

// An Overruled says how many diagnostics of each severity the server overruled, by accepting the
// session that they say it could not.
type Overruled map[session.Code]BySeverity
