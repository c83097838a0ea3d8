package export

import (
	"encoding/hex"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// An line is the JSON form of everything but the summary: the common fields,
// and those of each line. Pointers and omitempty leave out what an line lacks.
type line struct {
	Event   string `json:"event"`
	Time    string `json:"time"`
	Session uint32 `json:"session,omitempty"`
	Dir     string `json:"dir,omitempty"`

	Address string `json:"address,omitempty"` // listen

	Client string     `json:"client,omitempty"` // session-open
	Server string     `json:"server,omitempty"`
	Leg    string     `json:"leg,omitempty"`
	TLS    *tlsFields `json:"tls,omitempty"`

	Padding     *int   `json:"padding,omitempty"` // auth
	Password    string `json:"password,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
	Hash        string `json:"hash,omitempty"` // with secrets only

	Code     any     `json:"code,omitempty"` // frame: a number; diagnostic: a name
	Cmd      string  `json:"cmd,omitempty"`
	Stream   *uint32 `json:"stream,omitempty"`
	Len      *uint16 `json:"len,omitempty"`
	Injected bool    `json:"injected,omitempty"`
	Absorbed bool    `json:"absorbed,omitempty"`
	Cut      bool    `json:"cut,omitempty"`
	Info     string  `json:"info,omitempty"`
	Payload  string  `json:"payload,omitempty"` // with secrets only, hex

	Target string `json:"target,omitempty"` // stream-open
	UDP    bool   `json:"udp,omitempty"`

	By       string          `json:"by,omitempty"` // stream-close, session-close
	Reason   string          `json:"reason,omitempty"`
	Up       *uint64         `json:"up,omitempty"`
	Down     *uint64         `json:"down,omitempty"`
	Frames   *uint64         `json:"frames,omitempty"`
	Streams  *uint64         `json:"streams,omitempty"`
	SYNACK   *session.Millis `json:"synack_ms,omitempty"`
	Error    string          `json:"error,omitempty"`
	Severity string          `json:"severity,omitempty"` // diagnostic
	Text     string          `json:"text,omitempty"`

	Toward      string          `json:"toward,omitempty"` // heartbeat
	Origin      string          `json:"origin,omitempty"`
	RTT         *session.Millis `json:"rtt_ms,omitempty"`
	Lost        bool            `json:"lost,omitempty"`
	Late        bool            `json:"late,omitempty"`
	Unsupported bool            `json:"unsupported,omitempty"`

	Bytes *int64 `json:"bytes,omitempty"` // gap
}

type tlsFields struct {
	Version string `json:"version"`
	Cipher  string `json:"cipher"`
	SNI     string `json:"sni"`
	ALPN    string `json:"alpn"`
}

// toLine fills ev in for an entry.
func toLine(ev *line, e *journal.Entry, secrets bool) {
	*ev = line{
		Time:    e.At.UTC().Format(time.RFC3339Nano),
		Session: uint32(e.Session),
	}
	if e.IsFrame() {
		frameLine(ev, e, secrets)
		return
	}
	ev.Event = e.Notice.NoticeName()
	switch x := e.Notice.(type) {
	case journal.Listen:
		ev.Address = x.Address
	case journal.SessionOpen:
		ev.Client, ev.Server, ev.Leg = x.Client, x.Server, x.Leg.String()
		if x.TLS != nil {
			ev.TLS = &tlsFields{x.TLS.Version, x.TLS.Cipher, x.TLS.SNI, x.TLS.ALPN}
		}
	case session.Auth:
		ev.Dir = protocol.ClientToServer.String()
		ev.Padding, ev.Password, ev.Fingerprint = &x.Padding, x.Password.String(), x.Fingerprint
	case session.StreamOpen:
		ev.Stream, ev.Target, ev.UDP = &x.Stream, x.Target, x.UDP
	case session.StreamClose:
		ev.Stream, ev.By, ev.Up, ev.Down, ev.Error = &x.Stream, x.By.String(), &x.Up, &x.Down, x.Error
		if x.HasACK {
			ms := session.Millis(x.SYNACK)
			ev.SYNACK = &ms
		}
	case session.HeartbeatResult:
		ev.Toward, ev.Origin = x.Toward.String(), x.Origin.Name(x.Toward)
		ev.Lost, ev.Late, ev.Unsupported = x.Lost, x.Late, x.Unsupported
		if !x.Lost && !x.Unsupported {
			ms := session.Millis(x.RTT)
			ev.RTT = &ms
		}
	case session.Diagnostic:
		ev.Dir = x.Dir.String()
		ev.Severity, ev.Code, ev.Stream, ev.Text = journal.Spec(x.Code).Severity.String(), x.Code, &x.Stream, x.Text
	case journal.Gap:
		ev.Dir, ev.Bytes = x.Dir.String(), &x.Bytes
	case journal.SessionClose:
		ev.By, ev.Reason = x.By.String(), x.Reason
		ev.Up, ev.Down, ev.Frames, ev.Streams = &x.Up, &x.Down, &x.Frames, &x.Streams
	}
}

func frameLine(ev *line, e *journal.Entry, secrets bool) {
	ev.Event, ev.Dir = "frame", e.Dir.String()
	ev.Code, ev.Cmd = uint8(e.Header.Command), e.Name()
	ev.Stream, ev.Len = &e.Header.Stream, &e.Header.Length
	ev.Injected, ev.Absorbed, ev.Cut = e.Injected, e.Absorbed, e.Cut
	ev.Info = e.Frame().Info()
	if secrets && e.Header.Command == protocol.PSH {
		ev.Payload = hex.EncodeToString(e.Data)
	}
}
