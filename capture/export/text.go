package export

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// Text writes one aligned line for each frame and each notice, for people. Times are
// those of the time zone that entries have.
//
// Of an incident it writes a line when it opens, when it gets worse, and when it is over,
// each where that says something new, and below the first with a cause what to do. What
// the incident is made of has no lines, unless [Options].All asks for them.
type Text struct {
	options Options
	buf     *bufio.Writer
	told    told
	// partly has the sessions of which not all was seen, until they are closed.
	partly map[capture.SessionID]protocol.ByDirection[bool]
	days   days
}

// NewText returns a writer of text to w.
func NewText(w io.Writer, o Options) *Text {
	return &Text{
		options: o, buf: bufio.NewWriterSize(w, 64<<10),
		partly: make(map[capture.SessionID]protocol.ByDirection[bool]), days: days{today: o.Today},
	}
}

// Entry implements [Writer].
func (t *Text) Entry(e *journal.Entry) error {
	if t.options.skips(e) {
		return nil
	}
	if e.Preamble {
		if t.options.Secrets {
			return t.line(e, "→", "preamble", "sha256 "+hex.EncodeToString(e.Data))
		}
		return nil // the auth notice says the rest
	}
	if e.IsFrame() {
		return t.frame(e)
	}
	of := ""
	if number := incidentNumber(e.Notice); number != 0 {
		if !t.options.All {
			return nil // the line of the incident says it
		}
		of = inBrackets([]string{incidentName(number)})
	}
	switch x := e.Notice.(type) {
	case session.Incident:
		return t.incident(e, &x)
	case session.Diagnostic:
		text := string(x.Code) + ": " + x.Text + of
		if x.Stream != 0 {
			text = fmt.Sprintf("stream %d: %s", x.Stream, text)
		}
		return t.line(e, "!", x.Severity.String(), text)
	default:
		text := describe(e, t.partly[e.Session]) + of
		t.notes(e)
		return t.line(e, "·", e.Notice.NoticeName(), text)
	}
}

func (t *Text) frame(e *journal.Entry) error {
	mark := "→"
	if e.Dir == protocol.ServerToClient {
		mark = "←"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "stream %-5d %5d B", e.Header.Stream, e.Header.Length)
	if e.Fate != (session.Fate{}) {
		b.WriteString("  [" + e.Fate.String() + "]")
	}
	if info := e.Frame().Info(); info != "" {
		b.WriteString("  " + info)
	}
	if t.options.Secrets && e.Header.Command == protocol.PSH {
		b.WriteString("  " + protocol.Printable(e.Data))
	}
	return t.line(e, mark, e.Name(), b.String())
}

func (t *Text) line(e *journal.Entry, mark, name, text string) error {
	if day, isNew := t.days.next(e.At); isNew {
		fmt.Fprintln(t.buf, day)
	}
	_, err := fmt.Fprintln(t.buf, strings.TrimRight(fmt.Sprintf("%s %4d %s %-19s %s",
		e.At.Format("15:04:05.000000"), e.Session, mark, name, text), " "))
	return err
}

// Missed implements [Writer].
func (t *Text) Missed(n uint64) error {
	t.told.forget()
	_, err := fmt.Fprintf(t.buf, "! %d %s\n", n, lappedText)
	return err
}

// Summary implements [Writer].
func (t *Text) Summary(totals journal.Totals) error {
	fmt.Fprintf(t.buf, "\n%d sessions, %d streams, %d frames (%d entries evicted)\n",
		totals.Sessions, totals.Streams, totals.Frames, totals.Evicted)
	if totals.Probes > 0 {
		fmt.Fprintf(t.buf, "probes: %d (connections that ended without a byte: no sessions)\n", totals.Probes)
	}
	for _, peer := range [...]protocol.Peer{protocol.Server, protocol.Client} {
		f := totals.Toward(peer)
		fmt.Fprintf(t.buf, "heartbeats toward %s: %d sent, %d answered, %d lost", peer, f.Sent, f.Answered, f.Lost)
		if f.Unsupported > 0 {
			fmt.Fprintf(t.buf, ", %d unsupported", f.Unsupported)
		}
		if f.Estimated > 0 {
			fmt.Fprintf(t.buf, ", %d of the times estimated", f.Estimated)
		}
		if f.Answered > 0 {
			fmt.Fprintf(t.buf, "; p50 %.3f, p95 %.3f, p99 %.3f, max %.3f ms", f.P50.Float(), f.P95.Float(), f.P99.Float(), f.Max.Float())
		}
		fmt.Fprintln(t.buf)
	}
	for _, lack := range totals.Evidence.Words() {
		fmt.Fprintf(t.buf, "not seen: %s\n", lack)
	}
	for _, doubt := range totals.Evidence.OrderWords() {
		fmt.Fprintf(t.buf, "order: %s\n", doubt)
	}
	t.incidents(&totals)
	if t.options.All {
		for _, code := range slices.Sorted(maps.Keys(totals.Diagnostics)) {
			fmt.Fprintf(t.buf, "%-8s %s: %d\n", totals.Worst[code], code, totals.Diagnostics[code])
		}
	}
	for _, r := range totals.Rules {
		fmt.Fprintf(t.buf, "rule %d: %s\n", r.Rule, ruleTotal(&r))
	}
	for _, f := range totals.Outputs {
		fmt.Fprintf(t.buf, "output failed: %s: %s\n", f.Output, f.Reason)
	}
	return t.buf.Flush()
}

// Flush implements [Writer].
func (t *Text) Flush() error { return t.buf.Flush() }
