package pane

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// sessionFields describes a session: how it began, what its peers agreed on, and
// what it carried.
func sessionFields(s *Scene, d *journal.SessionDetail) []field {
	p := &s.Styles.Row
	st := &d.State
	_, word, tone := phase(s, p, &d.SessionRow)
	state := word + " since " + stateSince(s, &d.SessionRow).In(s.Now.Location()).Format("15:04:05")
	if d.Closed {
		state = fmt.Sprintf("ended after %s, by %v", cell.Age(d.ClosedAt.Sub(d.OpenedAt)), st.ClosedBy)
	}
	fields := []field{
		{label: "state", value: state, paint: tone},
	}
	fields = append(fields, unseenFields(p, &d.Evidence)...)
	fields = append(fields, standstillFields(s, d)...)
	fields = append(fields, field{label: "client", value: d.Client, paint: p.Text}, field{label: "server", value: d.Server, paint: p.Text})
	if d.Leg != capture.NoLeg {
		fields = append(fields, field{label: "leg", value: d.Leg.String() + " leg of the relay", paint: p.Text})
	}
	add := func(label, value string, in cell.Paint) {
		if value != "" {
			fields = append(fields, field{label: label, value: value, paint: in})
		}
	}
	add("route", d.Route, p.Text)
	add("gone", goneSince(s, &d.SessionRow), p.Warn)
	add("silent", silentText(s, &d.SessionRow), p.Text)
	add("reason", d.Reason, p.Bad)
	add("alert", st.Alert, p.Bad)
	if t := d.TLS; t != nil {
		add("tls", t.Version+" "+t.Cipher, p.Text)
		add("sni", cmp.Or(t.SNI, "none"), p.Text)
		add("alpn", cmp.Or(t.ALPN, "none"), p.Text)
	}
	if t := d.ServerTLS; t != nil {
		add("server's leg", fmt.Sprintf("%s %s, sni %s, alpn %s", t.Version, t.Cipher, cmp.Or(t.SNI, "none"), cmp.Or(t.ALPN, "none")), p.Text)
	}
	if st.Auth.Fingerprint != "" {
		add("password", fmt.Sprintf("%v, fingerprint %s", st.Auth.Password, st.Auth.Fingerprint), passwordPaint(p, st))
		add("user", st.Auth.User, p.Text)
	}
	add("software", st.Client, p.Text)
	fields = append(fields, looksFields(p, st)...)
	switch {
	case st.ClientVersion > 0 && versionUnseen(&d.SessionRow):
		add("version", fmt.Sprintf("not known (client %d, the server's word was not seen)", st.ClientVersion), p.Warn)
	case st.ClientVersion > 0:
		server := fmt.Sprint(st.ServerVersion)
		if st.ServerVersion == 0 {
			server = "not said"
		}
		supposed := ""
		if st.VersionSupposed() {
			supposed = "?"
		}
		add("version", fmt.Sprintf("%d%s (client %d, server %s)", st.Version(), supposed, st.ClientVersion, server), p.Strong)
	}
	add("padding", paddingText(st), p.Text)
	if st.Untracked > 0 {
		add("streams", fmt.Sprintf("%s of %s not followed: too many were open", cell.Count(st.Untracked), cell.Count(st.Streams)), p.Warn)
	}
	fields = append(fields, trafficFields(p, d)...)
	fields = append(fields, commandFields(p, st)...)
	if len(d.Codes) > 0 {
		fields = append(fields, field{}, field{head: true, label: "diagnostics"})
		for _, code := range slices.Sorted(maps.Keys(d.Codes)) {
			sign, _, paint := severity(p, d.Worst[code])
			fields = append(fields, field{label: cell.Count(d.Codes[code]) + " ×", value: sign + " " + string(code), paint: paint})
		}
	}
	return fields
}

// passwordPaint returns how a session's password is shown: one that the relay does not
// know is bad unless the server has accepted the session.
func passwordPaint(p *cell.Palette, st *session.State) cell.Paint {
	switch {
	case st.Auth.Password != session.PasswordDiffers:
		return p.Text
	case st.Outcome == session.OutcomeAccepted:
		return p.Dim
	default:
		return p.Bad
	}
}

// goneSince says which peer is gone since when, and which keeps the session, or kept it
// until it ended.
func goneSince(s *Scene, r *journal.SessionRow) string {
	gone, at, ok := keptFrom(&r.State)
	if !ok {
		return ""
	}
	keeps := "keeps"
	if r.Closed {
		keeps = "kept"
	}
	return fmt.Sprintf("%v since %s, %v %s the session", gone, at.In(s.Now.Location()).Format("15:04:05"), gone.Other(), keeps)
}

// silentText says for how long a session that is open has been silent; nothing where that
// is no longer than usual.
func silentText(s *Scene, r *journal.SessionRow) string {
	if quiet := silence(r, s.Now); !r.Closed && !blind(&r.Evidence) && quiet > time.Minute {
		return "for " + cell.Age(quiet)
	}
	return ""
}

// paddingText describes the padding scheme in force.
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

// trafficFields describes the two directions: what each carried, and where in its
// frames it stands.
func trafficFields(p *cell.Palette, d *journal.SessionDetail) []field {
	fields := []field{{}, {head: true, label: "traffic"}}
	for i := range d.Framing {
		dir := protocol.Direction(i)
		st := &d.State
		value := fmt.Sprintf("%s, %s payload in %s on the wire", cell.Plural(st.Frames[i], "frame"), cell.Size(st.Payload[i]), cell.Size(st.Wire[i]))
		if d.Evidence.PartlySeen(dir) {
			value = "at least " + value
		}
		if n := st.Opaque[i]; n > 0 {
			value += ", " + cell.Size(n) + " not decoded"
		}
		if n := d.Evidence.Gaps[i].Bytes; n > 0 {
			value += ", " + cell.Size(n) + " missing"
		}
		fields = append(fields, field{label: cell.Arrow(dir) + " " + dir.Receiver().String(), value: value, paint: directionPaint(p, dir)})
		where, paint := d.Framing[i].String(), p.Dim
		if d.Left[i] > 0 && !d.Framing[i].Opaque() {
			where = fmt.Sprintf("inside %v of stream %d, %s bytes to come", d.Inside[i].Command, d.Inside[i].Stream, cell.Count(d.Left[i]))
		}
		if d.Framing[i] > session.Framed {
			paint = p.Bad
		}
		switch b := &d.Evidence.Blind[i]; {
		case b.Why == "":
		case b.Later:
			where, paint = "not seen to its end", p.Warn
		default:
			where, paint = "not seen", p.Warn
		}
		fields = append(fields, field{value: where, paint: paint})
	}
	return fields
}

// commandFields counts the frames of each command in both directions.
func commandFields(p *cell.Palette, st *session.State) []field {
	fields := []field{{}, {head: true, label: "frames  ", value: "→ server  ← client"}}
	for c := range st.Commands[0] {
		up, down := st.Commands[protocol.ClientToServer][c], st.Commands[protocol.ServerToClient][c]
		if up+down == 0 {
			continue
		}
		e := journal.Entry{Header: protocol.Header{Command: protocol.Command(c)}}
		fields = append(fields, field{
			label: protocol.Command(c).String(), value: fmt.Sprintf("→ %-9s ← %s", cell.Count(up), cell.Count(down)), paint: commandPaint(p, &e),
		})
	}
	if up, down := st.Unknown[0], st.Unknown[1]; up+down > 0 {
		fields = append(fields, field{label: "unknown", value: fmt.Sprintf("→ %-9s ← %s", cell.Count(up), cell.Count(down)), paint: p.Bad})
	}
	return fields
}
