package tui

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// sessionFields describes a session: how it came about, what was agreed on, and
// what it carried.
func sessionFields(s *scene, d *journal.SessionDetail) []field {
	p := &s.styles.row
	st := &d.State
	_, word, tone := phase(p, &d.SessionRow)
	state := word + " since " + d.OpenedAt.In(s.now.Location()).Format("15:04:05")
	if d.Closed {
		state = fmt.Sprintf("ended after %s, by %v", age(d.ClosedAt.Sub(d.OpenedAt)), st.ClosedBy)
	}
	fields := []field{
		{label: "state", value: state, paint: tone},
		{label: "client", value: d.Client, paint: p.text},
		{label: "server", value: d.Server, paint: p.text},
	}
	if d.Leg != capture.NoLeg {
		fields = append(fields, field{label: "leg", value: d.Leg.String() + " leg of the relay", paint: p.text})
	}
	add := func(label, value string, in paint) {
		if value != "" {
			fields = append(fields, field{label: label, value: value, paint: in})
		}
	}
	add("reason", d.Reason, p.bad)
	add("alert", st.Alert, p.bad)
	if t := d.TLS; t != nil {
		add("tls", t.Version+" "+t.Cipher, p.text)
		add("sni", cmp.Or(t.SNI, "none"), p.text)
		add("alpn", cmp.Or(t.ALPN, "none"), p.text)
	}
	if st.Auth.Fingerprint != "" {
		match := p.text
		if st.Auth.Password == session.PasswordDiffers {
			match = p.bad
		}
		add("password", fmt.Sprintf("%v, fingerprint %s", st.Auth.Password, st.Auth.Fingerprint), match)
	}
	add("software", st.Client, p.text)
	if st.ClientVersion > 0 {
		server := fmt.Sprint(st.ServerVersion)
		if st.ServerVersion == 0 {
			server = "not said"
		}
		add("version", fmt.Sprintf("%d (client %d, server %s)", st.Version(), st.ClientVersion, server), p.strong)
	}
	add("padding", paddingText(st), p.text)
	fields = append(fields, trafficFields(p, d)...)
	fields = append(fields, commandFields(p, st)...)
	if len(d.Codes) > 0 {
		fields = append(fields, field{}, field{head: true, label: "diagnostics"})
		for _, code := range slices.Sorted(maps.Keys(d.Codes)) {
			sign, _, paint := severity(p, journal.Spec(code).Severity)
			fields = append(fields, field{label: count(d.Codes[code]) + " ×", value: sign + " " + string(code), paint: paint})
		}
	}
	return fields
}

func paddingText(st *session.State) string {
	switch {
	case st.PaddingMD5 == "":
		return ""
	case st.Scheme == nil:
		return "unknown scheme " + st.PaddingMD5
	default:
		return fmt.Sprintf("stop=%d, md5 %s%s", st.Scheme.Stop, st.PaddingMD5, ofDefault(st.PaddingMD5))
	}
}

// trafficFields describes the two directions.
func trafficFields(p *palette, d *journal.SessionDetail) []field {
	fields := []field{{}, {head: true, label: "traffic"}}
	for i := range d.Framing {
		dir := protocol.Direction(i)
		st := &d.State
		value := fmt.Sprintf("%s, %s payload in %s on the wire", plural(st.Frames[i], "frame"), size(st.Payload[i]), size(st.Wire[i]))
		if n := st.Opaque[i]; n > 0 {
			value += ", " + size(n) + " not decoded"
		}
		if n := st.Missing[i]; n > 0 {
			value += ", " + size(n) + " missing"
		}
		fields = append(fields, field{label: arrow(dir) + " " + dir.Receiver().String(), value: value, paint: directionPaint(p, dir)})
		where, paint := d.Framing[i].String(), p.dim
		if d.Left[i] > 0 && !d.Framing[i].Opaque() {
			where = fmt.Sprintf("inside %v of stream %d, %s bytes to come", d.Inside[i].Command, d.Inside[i].Stream, count(d.Left[i]))
		}
		if d.Framing[i] > session.Framed {
			paint = p.bad
		}
		fields = append(fields, field{value: where, paint: paint})
	}
	return fields
}

// commandFields counts the frames of each command, both ways.
func commandFields(p *palette, st *session.State) []field {
	fields := []field{{}, {head: true, label: "frames  ", value: "→ server  ← client"}}
	for c := range st.Commands[0] {
		up, down := st.Commands[protocol.ClientToServer][c], st.Commands[protocol.ServerToClient][c]
		if up+down == 0 {
			continue
		}
		e := journal.Entry{Header: protocol.Header{Command: protocol.Command(c)}}
		fields = append(fields, field{
			label: protocol.Command(c).String(), value: fmt.Sprintf("→ %-9s ← %s", count(up), count(down)), paint: commandPaint(p, &e),
		})
	}
	if up, down := st.Unknown[0], st.Unknown[1]; up+down > 0 {
		fields = append(fields, field{label: "unknown", value: fmt.Sprintf("→ %-9s ← %s", count(up), count(down)), paint: p.bad})
	}
	return fields
}
