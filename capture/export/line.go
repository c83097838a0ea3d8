package export

import (
	"encoding/hex"
	"math"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A line is the JSON form of an entry: the fields that all lines have, and those of
// each kind of line. A line leaves out the fields of other kinds: they are nil
// pointers or zero.
type line struct {
	Event   string `json:"event"`
	Time    string `json:"time"`
	Session uint32 `json:"session,omitempty"`
	Route   string `json:"route,omitempty"` // where there are several
	Dir     string `json:"dir,omitempty"`

	Address string `json:"address,omitempty"` // listen

	Client string     `json:"client,omitempty"` // session-open
	Server string     `json:"server,omitempty"`
	Leg    string     `json:"leg,omitempty"`
	TLS    *tlsFields `json:"tls,omitempty"`
	// ServerTLS is that of the relay's leg with the server.
	ServerTLS *tlsFields `json:"server_tls,omitempty"`

	Padding     *int   `json:"padding,omitempty"` // auth
	Password    string `json:"password,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
	User        string `json:"user,omitempty"`
	Hash        string `json:"hash,omitempty"` // with secrets only

	Code     any     `json:"code,omitempty"` // frame: a number; diagnostic: a name
	Cmd      string  `json:"cmd,omitempty"`
	Stream   *uint32 `json:"stream,omitempty"`
	Len      *uint16 `json:"len,omitempty"`
	Injected bool    `json:"injected,omitempty"`
	Absorbed bool    `json:"absorbed,omitempty"`
	Cut      bool    `json:"cut,omitempty"`
	// Fate is dropped, replaced, repeated or held. It is left out where injected or
	// absorbed say it, or nothing happened. A frame that was repeated is injected, too.
	Fate    string          `json:"fate,omitempty"`
	Rule    uint16          `json:"rule,omitempty"`    // the number of the rule that decided it, or may be why, from 1
	Held    *session.Millis `json:"held_ms,omitempty"` // how long the relay held the frame
	Info    string          `json:"info,omitempty"`
	Payload string          `json:"payload,omitempty"` // with secrets only, hex

	Target string `json:"target,omitempty"` // stream-open
	UDP    bool   `json:"udp,omitempty"`

	By      string  `json:"by,omitempty"` // stream-close, session-close
	Reason  string  `json:"reason,omitempty"`
	Up      *uint64 `json:"up,omitempty"`
	Down    *uint64 `json:"down,omitempty"`
	Frames  *uint64 `json:"frames,omitempty"`
	Streams *uint64 `json:"streams,omitempty"`
	// Untracked counts streams that were not followed: they have no events of their own.
	Untracked uint64           `json:"untracked,omitempty"`
	SYNACK    *session.Millis  `json:"synack_ms,omitempty"`
	Error     string           `json:"error,omitempty"`
	Owed      []debt           `json:"owed,omitempty"`     // session-close
	Evidence  *sessionEvidence `json:"evidence,omitempty"` // session-close: what was not seen
	Looks     *looks           `json:"looks,omitempty"`    // session-close: guesses of the peers' implementations
	Severity  string           `json:"severity,omitempty"` // diagnostic
	Text      string           `json:"text,omitempty"`     // of heartbeats that wait and blocked bytes, too
	Incident  uint64           `json:"incident,omitempty"` // the number of what they are an effect of

	// Within is by how much the times of the two directions may be off against one another.
	Within    *session.Millis `json:"within_ms,omitempty"` // order
	Uncertain bool            `json:"uncertain,omitempty"` // order: not even their order is known

	Toward      string          `json:"toward,omitempty"` // heartbeat
	Origin      string          `json:"origin,omitempty"`
	RTT         *session.Millis `json:"rtt_ms,omitempty"`
	Lost        bool            `json:"lost,omitempty"`
	Late        bool            `json:"late,omitempty"`
	Unsupported bool            `json:"unsupported,omitempty"`
	Waiting     bool            `json:"waiting,omitempty"`   // it can't be sent
	Estimated   bool            `json:"estimated,omitempty"` // rtt_ms is an estimate

	Action string       `json:"action,omitempty"` // rule
	Frame  *frameFields `json:"frame,omitempty"`
	All    bool         `json:"all,omitempty"`   // the whole direction is touched
	Waits  bool         `json:"waits,omitempty"` // it is not written yet
	Again  bool         `json:"again,omitempty"` // the application was told before
	Undone bool         `json:"undone,omitempty"`

	Bytes *int64 `json:"bytes,omitempty"` // gap, blocked
	Since string `json:"since,omitempty"` // blocked, and heartbeats that wait
	Ended bool   `json:"ended,omitempty"`
}

// frameFields say to what frame a rule was applied.
type frameFields struct {
	Dir    string `json:"dir"`
	Code   uint8  `json:"code"`
	Cmd    string `json:"cmd"`
	Stream uint32 `json:"stream"`
	Len    uint16 `json:"len"`
}

// A debt is what a peer owed when its session ended.
type debt struct {
	What   string         `json:"what"`
	By     string         `json:"by"`
	Stream uint32         `json:"stream"`
	MS     session.Millis `json:"ms"`              // for how long
	Count  int            `json:"count,omitempty"` // where it is more than one
	Rule   uint16         `json:"rule,omitempty"`  // that held it
}

type tlsFields struct {
	Version string `json:"version"`
	Cipher  string `json:"cipher"`
	SNI     string `json:"sni"`
	ALPN    string `json:"alpn"`
}

// tlsOf returns the fields of a handshake, nil where there was none.
func tlsOf(t *capture.TLS) *tlsFields {
	if t == nil {
		return nil
	}
	return &tlsFields{t.Version, t.Cipher, t.SNI, t.ALPN}
}

// timeOf returns a time as lines have it, empty where there is none.
func timeOf(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}

// debtsOf returns what was owed at a time.
func debtsOf(owed []session.Obligation, at time.Time) (list []debt) {
	for _, o := range owed {
		d := debt{o.What.String(), o.By.String(), o.Stream, session.Millis(max(at.Sub(o.Since), 0)), 0, o.Rule}
		if o.Count > 1 {
			d.Count = o.Count
		}
		list = append(list, d)
	}
	return list
}

// toLine fills in the line of an entry.
func toLine(l *line, e *journal.Entry, secrets bool) {
	*l = line{
		Time:    timeOf(e.At),
		Session: uint32(e.Session),
		Route:   e.Route,
	}
	if e.IsFrame() {
		frameLine(l, e, secrets)
		return
	}
	l.Event = e.Notice.NoticeName()
	switch x := e.Notice.(type) {
	case journal.Listen:
		l.Address, l.Server = x.Address, x.Server
	case journal.SessionOpen:
		l.Client, l.Server, l.Leg = x.Client, x.Server, x.Leg.String()
		l.TLS, l.ServerTLS = tlsOf(x.TLS), tlsOf(x.ServerTLS)
	case journal.Probe:
		l.Client = x.Client
	case session.Auth:
		l.Dir = protocol.ClientToServer.String()
		l.Padding, l.Password, l.Fingerprint, l.User = &x.Padding, x.Password.String(), x.Fingerprint, x.User
	case session.StreamOpen:
		l.Stream, l.Target, l.UDP = &x.Stream, x.Target, x.UDP
	case session.StreamClose:
		l.Stream, l.By, l.Up, l.Down, l.Error = &x.Stream, x.By.String(), &x.Up, &x.Down, x.Error
		if x.HasACK {
			ms := session.Millis(x.SYNACK)
			l.SYNACK = &ms
		}
	case session.HeartbeatResult:
		l.Toward, l.Origin = x.Toward.String(), x.Origin.Name(x.Toward)
		l.Lost, l.Late, l.Unsupported, l.Estimated = x.Lost, x.Late, x.Unsupported, x.Estimated
		l.Rule = x.Rule
		if !x.Lost && !x.Unsupported {
			ms := session.Millis(x.RTT)
			l.RTT = &ms
		}
	case session.HeartbeatWaiting:
		l.Toward, l.Origin = x.Toward.String(), session.OriginRelay.Name(x.Toward)
		l.Waiting, l.Text, l.Since, l.Ended = true, x.Why, timeOf(x.Since), x.Ended
		l.Incident = x.Incident
	case session.Blocked:
		n := int64(min(x.Bytes, math.MaxInt64))
		l.Dir, l.Stream, l.Bytes = x.Dir.String(), &x.Stream, &n
		l.Text, l.Since, l.Ended, l.Incident = x.Text, timeOf(x.Since), x.Ended, x.Incident
	case session.Diagnostic:
		if !journal.AboutTool(x.Code) { // which has no direction
			l.Dir = x.Dir.String()
		}
		l.Severity, l.Code, l.Stream, l.Text = x.Severity.String(), x.Code, &x.Stream, x.Text
		l.Incident, l.Rule = x.Incident, x.Rule
	case session.Application:
		ruleLine(l, &x)
	case journal.Gap:
		l.Dir, l.Bytes = x.Dir.String(), &x.Bytes
	case journal.Unseen:
		l.Dir, l.Reason = x.Dir.String(), x.Why
	case journal.Order:
		ms := session.Millis(x.Within)
		l.Within, l.Uncertain, l.Reason = &ms, x.Uncertain, x.Why
	case journal.SessionClose:
		l.By, l.Reason = x.By.String(), x.Reason
		l.Up, l.Down, l.Frames, l.Streams = &x.Up, &x.Down, &x.Frames, &x.Streams
		l.Untracked, l.Owed = x.Untracked, debtsOf(x.Owed, e.At)
		l.Evidence, l.Looks = evidenceOf(&x.Evidence), looksOf(&x)
	}
}

func ruleLine(l *line, a *session.Application) {
	l.Rule, l.Action, l.Dir, l.Text = a.Rule, a.Action, a.Dir.String(), a.Text
	l.Frame = &frameFields{l.Dir, uint8(a.Header.Command), a.Name(), a.Header.Stream, a.Header.Length}
	l.All, l.Waits, l.Ended, l.Again, l.Undone = a.All, a.Waits, a.Ended, a.Again, a.Undone
	if a.Ended {
		ms := session.Millis(a.Held)
		l.Held = &ms
	}
}

func frameLine(l *line, e *journal.Entry, secrets bool) {
	l.Event, l.Dir = "frame", e.Dir.String()
	l.Code, l.Cmd = uint8(e.Header.Command), e.Name()
	l.Stream, l.Len = &e.Header.Stream, &e.Header.Length
	l.Injected, l.Absorbed, l.Cut = e.Fate.Made(), e.Fate.Kind == session.Absorbed, e.Cut
	if e.Fate.Kind > session.Injected {
		l.Fate = e.Fate.Kind.String()
	}
	l.Rule = e.Fate.Rule
	if e.Fate.Held != 0 {
		ms := session.Millis(e.Fate.Held)
		l.Held = &ms
	}
	l.Info = e.Frame().Info()
	if secrets && e.Header.Command == protocol.PSH {
		l.Payload = hex.EncodeToString(e.Data)
	}
}
