package export

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"io"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// JSON writes one JSON object a line. It has no line for a preamble: the auth notice
// that follows says what the preamble carried.
type JSON struct {
	options Options
	buf     *bufio.Writer
	enc     *json.Encoder
	line    line   // reused
	hash    string // of the newest preamble, for the auth line, in hex
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
	if i, ok := e.Notice.(session.Incident); ok {
		return j.enc.Encode(incidentOf(&i, e.At))
	}
	toLine(&j.line, e, j.options.Secrets)
	if _, ok := e.Notice.(session.Auth); ok && j.options.Secrets {
		j.line.Hash = j.hash
	}
	return j.enc.Encode(&j.line)
}

// Missed implements [Writer].
func (j *JSON) Missed(n uint64) error {
	return j.enc.Encode(struct {
		Event    string `json:"event"`
		Severity string `json:"severity"`
		Code     string `json:"code"`
		Missed   uint64 `json:"missed"`
		Text     string `json:"text"`
	}{session.Diagnostic{}.NoticeName(), journal.Spec(journal.CodeOutputLapped).Severity.String(), string(journal.CodeOutputLapped), n, lappedText})
}

const lappedText = "events were evicted before they could be written: read faster, filter with -f, or keep more with --history-frames"

// summary is the last line.
type summary struct {
	Event       string                  `json:"event"`
	Sessions    uint64                  `json:"sessions"`
	Streams     uint64                  `json:"streams"`
	Frames      uint64                  `json:"frames"`
	Heartbeats  heartbeats              `json:"heartbeats"`
	Diagnostics map[session.Code]uint64 `json:"diagnostics"`
	Incidents   []incidentFields        `json:"incidents"` // the worst first
	// IncidentsTotal counts all incidents, where no more than those of the list are
	// remembered.
	IncidentsTotal uint64                   `json:"incidents_total,omitempty"`
	Evidence       *journal.EvidenceFigures `json:"evidence,omitempty"` // what was not seen
	Evicted        uint64                   `json:"evicted"`
	Rules          []ruleFields             `json:"rules,omitempty"`  // those of the run
	Probes         uint64                   `json:"probes,omitempty"` // clients that connected and ended without a byte
	Failed         []failed                 `json:"outputs_failed,omitempty"`
}

// ruleFields say how often a rule was applied.
type ruleFields struct {
	Rule    uint16 `json:"rule"`
	Source  string `json:"source,omitempty"` // left out where it is not known
	Applied uint64 `json:"applied"`
}

// failed says why an output is not whole.
type failed struct {
	Output journal.Output `json:"output"`
	Reason string         `json:"reason"`
}

type heartbeats struct {
	TowardServer session.TowardFigures `json:"toward_server"`
	TowardClient session.TowardFigures `json:"toward_client"`
}

// Summary implements [Writer].
func (j *JSON) Summary(t journal.Totals) error {
	var outputs []failed
	for _, f := range t.Outputs {
		outputs = append(outputs, failed(f))
	}
	last := summary{
		Event: "summary", Sessions: t.Sessions, Streams: t.Streams, Frames: t.Frames,
		Heartbeats: heartbeats{
			TowardServer: t.Toward(protocol.Server),
			TowardClient: t.Toward(protocol.Client),
		},
		Diagnostics: t.Diagnostics, Incidents: summaryOf(t.Incidents),
		Evidence: t.Evidence.Figures(),
		Evicted:  t.Evicted, Probes: t.Probes, Failed: outputs,
	}
	for _, r := range t.Rules {
		last.Rules = append(last.Rules, ruleFields(r))
	}
	if t.IncidentsEver > uint64(len(t.Incidents)) {
		last.IncidentsTotal = t.IncidentsEver
	}
	return j.enc.Encode(last)
}

// Flush implements [Writer].
func (j *JSON) Flush() error { return j.buf.Flush() }
