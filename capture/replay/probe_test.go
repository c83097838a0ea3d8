package replay_test

import (
	"slices"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
)

// TestProbes: a client that connected and ended without a byte is a probe, and no session.
// What may have carried something, or never stood, is none.
func TestProbes(t *testing.T) {
	const probe, scanned = "0 probed by 10.0.0.1:50000", "10.0.0.1:50000 10.0.0.2:8443"
	for _, tt := range []struct {
		name  string
		build func(c *tcp)
		want  []string
	}{
		{"FIN", (*tcp).fin, []string{probe}},
		{"FIN of the client alone", func(c *tcp) { c.add(up, "FA", nil) }, []string{probe}},
		{"RST of the client", func(c *tcp) { c.add(up, "R", nil) }, []string{probe}},
		{"RST of the server", func(c *tcp) { c.add(down, "RA", nil) }, []string{probe}},
		{"RST in answer to the server's SYN", func(c *tcp) { c.segments = c.segments[:2]; c.add(up, "R", nil) }, []string{probe}},
		{"FIN, and RST", func(c *tcp) { c.add(up, "FA", nil); c.add(down, "RA", nil) }, []string{probe}},
		{"one direction", func(c *tcp) {
			c.fin()
			c.segments = slices.DeleteFunc(c.segments, func(s segment) bool { return s.dir == down })
		}, []string{probe}},
		{"no end", func(*tcp) {}, []string{"1 opened " + scanned, "1 closed by capture: the connection carried nothing; the capture ends"}},
		{"no answer", func(c *tcp) { c.segments = c.segments[:1] }, []string{"1 opened " + scanned, "1 closed by capture: the server did not answer; the capture ends"}},
		{"a refusal", func(c *tcp) { c.segments = c.segments[:1]; c.add(down, "RA", nil) }, []string{"1 opened " + scanned, "1 closed by server: the server refused the connection"}},
		{"bytes that the capture lacks", func(c *tcp) {
			c.add(up, "A", make([]byte, 10))
			c.segments = c.segments[:3]
			c.fin()
		}, []string{"1 opened " + scanned, "1 closed by client: the capture has no data of the client's direction; capture where both directions pass; the client ended its TCP stream without close_notify"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := connect(1460, 7)
			tt.build(c)
			p := over(t, &tape{}, c.segments)
			wants(t, p.lines(), tt.want...)
			p.isOrderly(t)
			probes := uint64(0)
			if tt.want[0] == probe {
				probes = 1
			}
			j := decode(p)
			if totals := j.Totals(); totals.Probes != probes || totals.Sessions != 1-probes || len(totals.Diagnostics) > 0 {
				t.Errorf("totals: %d probes, %d sessions, diagnostics %v", totals.Probes, totals.Sessions, totals.Diagnostics)
			}
		})
	}
}

// TestProbeBesideSessions: a probe takes no number from the sessions.
func TestProbeBesideSessions(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 100))
	var packets []packet
	for port := range uint16(4) {
		c := connect(1460, 7)
		if port%2 == 0 {
			c.fin()
		} else {
			c.play(tp)
			c.fin()
		}
		packets = append(packets, packetsOf(t, ethernet(), routeOf(50000+port), c.segments)...)
	}
	slices.SortStableFunc(packets, func(a, b packet) int { return a.at.Compare(b.at) })
	p := file(t, pcapFile(t, layers.LinkTypeEthernet, packets), tp.keys)
	p.carries(t, 1, tp)
	p.carries(t, 2, tp)
	wants(t, p.closings(), "1 closed by client:", "2 closed by client:")
	j := decode(p)
	if totals := j.Totals(); totals.Probes != 2 || totals.Sessions != 2 {
		t.Errorf("%d probes, %d sessions", totals.Probes, totals.Sessions)
	}
	if rows := journal.Look(j, journal.AskSessions{Window: journal.Window{Limit: 9}}).Rows; len(rows) != 2 || rows[0].State.Frames[protocol.ClientToServer] == 0 {
		t.Errorf("sessions %+v", rows)
	}
}
