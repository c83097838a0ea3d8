package pane

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// frameFields describes a frame: what its header says, what the protocol says of
// its command, and what its data means; of a preamble, what auth says it meant.
func frameFields(s *Scene, e *journal.Entry, auth *session.Auth) []field {
	p := &s.Styles.Row
	name := fmt.Sprintf("%v (%d)", e.Header.Command, uint8(e.Header.Command))
	if e.Preamble {
		name = "auth preamble"
	}
	from, to := e.Dir.Sender(), e.Dir.Receiver()
	fields := []field{
		{label: "command", value: name, paint: commandPaint(p, e)},
		{label: "direction", value: fmt.Sprintf("%s %v to %v", cell.Arrow(e.Dir), from, to), paint: directionPaint(p, e.Dir)},
		{label: "time", value: frameTime(s, e), paint: p.Text},
	}
	if e.Preamble {
		fields = append(fields, field{label: "session", value: fmt.Sprint(e.Session), paint: p.Text})
		return append(fields, preambleFields(s, e, auth)...)
	}
	spec := e.Header.Command.Spec()
	where := fmt.Sprintf("%d, stream %d", e.Session, e.Header.Stream)
	if e.Header.Stream == 0 && spec.Scope == protocol.SessionScope {
		where = fmt.Sprintf("%d, the session itself (stream 0)", e.Session)
	}
	fields = append(fields,
		field{label: "session", value: where, paint: p.Text},
		field{label: "length", value: cell.Plural(int(e.Header.Length), "byte") + " of data", paint: p.Text},
	)
	if flags := frameFlags(e); flags != "" {
		fields = append(fields, field{label: "flags", value: flags, paint: p.Own})
	}
	fields = append(fields, dataFields(p, e)...)
	fields = append(fields, field{label: "header", value: fmt.Sprintf("% x", e.Header.Append(nil)), paint: p.Dim})
	if e.Header.Command.Known() {
		fields = append(fields, field{label: "protocol", value: specText(spec), paint: p.Dim})
	} else {
		fields = append(fields, field{label: "protocol", value: "has no such command", paint: p.Bad})
	}
	return append(fields, dataHeading(e)...)
}

// frameTime returns when a frame was seen, to the microsecond: the time of day, and
// the time since the session or the run began.
func frameTime(s *Scene, e *journal.Entry) string {
	text := e.At.In(s.Now.Location()).Format("15:04:05.000000")
	if since := s.since(); !since.IsZero() {
		text += fmt.Sprintf("  (%+.6fs)", e.At.Sub(since).Seconds())
	}
	return text
}

// frameFlags returns what became of a frame, where it was not just forwarded.
func frameFlags(e *journal.Entry) string {
	var flags []string
	if text := fateText(e.Fate); text != "" {
		flags = append(flags, "↯ "+text)
	}
	if e.Cut {
		flags = append(flags, "cut short")
	}
	return strings.Join(flags, ", ")
}

// fateText says what became of a frame, where it was not just forwarded.
func fateText(f session.Fate) string {
	if f == (session.Fate{}) {
		return ""
	}
	text := map[session.FateKind]string{
		session.Forwarded: "forwarded by the relay",
		session.Absorbed:  "answer to the relay, not forwarded",
		session.Injected:  "injected by the relay",
		session.Dropped:   "dropped by the relay",
		session.Replaced:  "replaced by the relay",
		session.Repeated:  "repeated by the relay",
		session.Held:      "held by the relay",
	}[f.Kind]
	if f.Held != 0 {
		text += " for " + f.Held.String()
	}
	if f.Rule != 0 {
		text += fmt.Sprintf(", rule %d", f.Rule)
	}
	return text
}

// specText returns what the protocol says of a command.
func specText(spec protocol.CommandSpec) string {
	scope := "about the session"
	if spec.Scope == protocol.StreamScope {
		scope = "about a stream"
	}
	sender := map[protocol.Sender]string{
		protocol.ByClient: "sent by the client", protocol.ByServer: "sent by the server",
	}[spec.Sender]
	if sender == "" {
		sender = "sent by either"
	}
	data := "carries no data"
	if spec.Data {
		data = "may carry data"
	}
	return fmt.Sprintf("%s, %s, since version %d, %s", scope, sender, spec.Since, data)
}

// preambleFields describes the auth preamble, whose Length is that of padding0 and
// whose Data is sha256(password).
func preambleFields(s *Scene, e *journal.Entry, auth *session.Auth) []field {
	p := &s.Styles.Row
	fields := []field{{label: "padding0", value: cell.Count(e.Header.Length) + " bytes", paint: p.Text}}
	if auth.Fingerprint != "" {
		fields = append(fields,
			field{label: "fingerprint", value: auth.Fingerprint + " (of the credential)", paint: p.Text},
			field{label: "password", value: auth.Password.String(), paint: p.Text})
		if auth.User != "" {
			fields = append(fields, field{label: "user", value: auth.User, paint: p.Text})
		}
	}
	what := "redacted; --show-secrets shows it"
	switch {
	case len(e.Data) == 0:
		what = "no longer held"
	case s.Secrets:
		what = "the credential itself"
	}
	return append(fields, field{}, field{head: true, label: "sha256(password) ", value: what})
}

// dataFields describes what the data of a frame means.
func dataFields(p *cell.Palette, e *journal.Entry) []field {
	var fields []field
	add := func(label, value string) {
		fields = append(fields, field{label: label, value: value, paint: p.Strong})
	}
	fail := func(err error) {
		if err != nil {
			fields = append(fields, field{label: "problem", value: err.Error(), paint: p.Bad})
		}
	}
	switch e.Header.Command {
	case protocol.Settings, protocol.ServerSettings:
		t, err := protocol.ParseSettings(e.Data)
		if t.Version != 0 {
			add("v", fmt.Sprint(t.Version))
		}
		if t.Client != "" {
			add("client", protocol.Printable(t.Client))
		}
		if t.PaddingMD5 != "" {
			add("padding-md5", protocol.Printable(t.PaddingMD5)+ofDefault(t.PaddingMD5))
		}
		for _, kv := range t.Other {
			add(protocol.Printable(kv.Key), protocol.Printable(kv.Value))
		}
		fail(err)
	case protocol.UpdatePaddingScheme:
		if len(e.Data) == int(e.Header.Length) {
			scheme, err := protocol.ParsePaddingScheme(e.Data)
			if scheme != nil {
				add("md5", scheme.MD5()+ofDefault(scheme.MD5()))
			}
			fail(err)
		}
		label := "scheme"
		for text := range bytes.SplitSeq(e.Data, []byte("\n")) {
			add(label, protocol.Printable(text))
			label = ""
		}
	case protocol.SYNACK:
		if e.Header.Length == 0 {
			add("result", "open")
		} else {
			add("refused", protocol.Printable(e.Data))
		}
	case protocol.Alert:
		add("text", protocol.Printable(e.Data))
	case protocol.PSH:
		if e.Target {
			fields = append(fields, targetFields(p, e.Data)...)
		}
	}
	return fields
}

// ofDefault returns a remark for the MD5 of the padding scheme that all
// implementations begin with, and nothing for another.
func ofDefault(md5 string) string {
	scheme, err := protocol.ParsePaddingScheme([]byte(protocol.DefaultPaddingScheme))
	if err == nil && scheme.MD5() == md5 {
		return " (the default scheme)"
	}
	return ""
}

// targetFields describes where a stream goes, from its first payload: an address,
// and behind the one that stands for UDP over TCP, the address of the datagrams.
func targetFields(p *cell.Palette, data []byte) []field {
	target, n, err := protocol.ParseTarget(data)
	if err != nil {
		return []field{{label: "target", value: "goes on in the next frame", paint: p.Dim}}
	}
	fields := []field{{label: "target", value: protocol.Printable(target.String()), paint: p.Strong}}
	switch target.UoTVersion() {
	case 2:
		request, _, err := protocol.ParseUoTRequest(data[n:])
		if err != nil {
			break
		}
		how := "datagrams carry their own addresses"
		if request.Connect {
			how = "connected: all datagrams go there"
		}
		fields = append(fields,
			field{label: "udp to", value: protocol.Printable(request.Destination.String()), paint: p.Strong},
			field{label: "", value: how, paint: p.Dim})
	case 1:
		if a, err := protocol.ParseDatagramAddress(data[n:]); err == nil {
			fields = append(fields, field{label: "udp to", value: protocol.Printable(a.String()), paint: p.Strong})
		}
	}
	return fields
}

// dataHeading returns the heading of the hex dump, which says how much of the data
// is kept.
func dataHeading(e *journal.Entry) []field {
	kept, all := len(e.Data), int(e.Header.Length)
	text := ""
	switch {
	case all == 0:
		return nil
	case kept == 0:
		text = "no longer held"
	case kept < all:
		text = fmt.Sprintf("first %s of %s bytes kept", cell.Count(kept), cell.Count(all))
	default:
		text = cell.Plural(all, "byte")
	}
	return slices.Concat([]field{{}}, []field{{head: true, label: "data ", value: text}})
}
