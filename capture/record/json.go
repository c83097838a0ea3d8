package record

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"io"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// JSON writes one JSON object a line.
type JSON struct {
	options Options
	buf     *bufio.Writer
	enc     *json.Encoder
	ev      event // reused
	hash    string
}

// NewJSON returns a writer of JSON Lines to w.
func NewJSON(w io.Writer, o Options) *JSON {
	buf := bufio.NewWriterSize(w, 64<<10)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	return &JSON{options: o, buf: buf, enc: enc}
}

// Entry implements [Writer].
func (j *JSON) Entry(e *journal.Entry) error {
	if e.Preamble {
		j.hash = hex.EncodeToString(e.Data)
		return nil
	}
	if j.options.skips(e) {
		return nil
	}
	toEvent(&j.ev, e, j.options.Secrets)
	if _, ok := e.Event.(session.Auth); ok && j.options.Secrets {
		j.ev.Hash = j.hash
	}
	return j.enc.Encode(&j.ev)
}

// Missed implements [Writer].
func (j *JSON) Missed(n uint64) error {
	return j.enc.Encode(struct {
		Event    string `json:"event"`
		Severity string `json:"severity"`
		Code     string `json:"code"`
		Missed   uint64 `json:"missed"`
		Text     string `json:"text"`
	}{"diagnostic", session.Warning.String(), "output-lapped", n, lappedText})
}

const lappedText = "events were evicted before they could be written: read faster, filter with -f, or keep more with --history-frames"

// summary is the JSON form of the last line.
type summary struct {
	Event       string                  `json:"event"`
	Sessions    uint64                  `json:"sessions"`
	Streams     uint64                  `json:"streams"`
	Frames      uint64                  `json:"frames"`
	Heartbeats  heartbeats              `json:"heartbeats"`
	Diagnostics map[session.Code]uint64 `json:"diagnostics"`
	Evicted     uint64                  `json:"evicted"`
}

type heartbeats struct {
	TowardServer toward `json:"toward_server"`
	TowardClient toward `json:"toward_client"`
}

// toward holds the figures of all heartbeats toward a peer; Injected and Own are
// the shares of each origin.
type toward struct {
	figures
	Injected figures `json:"injected"`
	Own      figures `json:"own"`
}

type figures struct {
	Sent        uint64  `json:"sent"`
	Answered    uint64  `json:"answered"`
	Lost        uint64  `json:"lost"`
	Late        uint64  `json:"late"`
	Cut         uint64  `json:"cut"`
	Unsupported uint64  `json:"unsupported"`
	P50         float64 `json:"p50_ms"`
	P95         float64 `json:"p95_ms"`
	P99         float64 `json:"p99_ms"`
	Max         float64 `json:"max_ms"`
}

func toFigures(h *session.Heartbeats) figures {
	q := h.Quantiles()
	return figures{
		Sent: h.Sent, Answered: h.Answered, Lost: h.Lost, Late: h.Late, Cut: h.Cut, Unsupported: h.Unsupported,
		P50: millis(q.P50), P95: millis(q.P95), P99: millis(q.P99), Max: millis(q.Max),
	}
}

func toToward(t *journal.Totals, peer protocol.Peer) toward {
	h := &t.Heartbeats[peer]
	var all session.Heartbeats
	all.Merge(&h[session.Injected])
	all.Merge(&h[session.Own])
	return toward{toFigures(&all), toFigures(&h[session.Injected]), toFigures(&h[session.Own])}
}

// Summary implements [Writer].
func (j *JSON) Summary(t journal.Totals) error {
	return j.enc.Encode(summary{
		Event: "summary", Sessions: t.Sessions, Streams: t.Streams, Frames: t.Frames,
		Heartbeats: heartbeats{
			TowardServer: toToward(&t, protocol.Server),
			TowardClient: toToward(&t, protocol.Client),
		},
		Diagnostics: t.Diagnostics, Evicted: t.Evicted,
	})
}

// Flush implements [Writer].
func (j *JSON) Flush() error { return j.buf.Flush() }
