package replay_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture/replay"
	"anytls-inspect/protocol"
)

// over replays segments of one connection, with the tape's keys.
func over(t testing.TB, tp *tape, segments []segment) *played {
	t.Helper()
	packets := packetsOf(t, ethernet(), routeOf(50000), segments)
	return file(t, pcapFile(t, layers.LinkTypeEthernet, packets), tp.keys)
}

// TestDisorder has packets that come late, twice, and cut otherwise, from the
// handshake on, and a sequence that wraps: nothing is lost.
func TestDisorder(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 10, 5000))
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		segments := segmentsOf(tp, 200+r.IntN(1300), -uint32(r.IntN(60_000)))
		var sent []segment
		for i, s := range segments {
			sent = append(sent, s)
			if r.IntN(5) == 0 {
				sent = append(sent, segments[max(0, i-r.IntN(10))])
			}
		}
		for i := range sent { // but for the end, since it tells who closes first
			if j := i + r.IntN(5); j < len(sent)-30 {
				sent[i], sent[j] = sent[j], sent[i]
			}
		}
		if p := over(t, tp, sent); !t.Failed() {
			if p.isWhole(t, tp); t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	}
}

// TestWithoutSYN has captures that begin with the ClientHello, or with its second
// packet.
func TestWithoutSYN(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 4, 3000))
	segments := segmentsOf(tp, 500, 7)[3:]
	over(t, tp, segments).isWhole(t, tp)

	swapped := slices.Clone(segments) // the ClientHello has several segments
	swapped[0], swapped[1] = swapped[1], swapped[0]
	over(t, tp, swapped).isWhole(t, tp)
}

// TestMidStream: without the handshake nothing can be opened. The client is likely
// the end with the higher port.
func TestMidStream(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 10, 3000))
	segments := segmentsOf(tp, 1460, 7)
	p := over(t, tp, segments[len(segments)/2:])
	lines := p.lines()
	if len(lines) != 2 || lines[0] != "1 opened 10.0.0.1:50000 10.0.0.2:8443" ||
		!strings.HasPrefix(lines[1], "1 closed by client: ") || !strings.Contains(lines[1], "begin the capture before the client connects") &&
		!strings.Contains(lines[1], "not TLS") {
		t.Errorf("got\n\t%s", strings.Join(lines, "\n\t"))
	}
}

// TestLoss: a segment that only the capture lacks is a gap of the size of what was
// in its records. What comes behind is opened.
func TestLoss(t *testing.T) {
	tp := tapeOf(t, nil, longTalk(t, down, 40, 5000))
	segments := segmentsOf(tp, 1460, 7)
	lost := 0
	for i, s := range segments {
		if s.dir == down && len(s.data) == 1460 && i > len(segments)/2 {
			lost = i
			break
		}
	}
	p := over(t, tp, slices.Delete(segments, lost, lost+1))
	var gaps []string
	missing := 0
	for i, e := range p.events {
		if e.Missing != 0 {
			gaps = append(gaps, line(&e))
			missing = int(e.Missing)
			if i+1 == len(p.events) {
				t.Error("nothing comes after the gap")
			}
		}
	}
	if len(gaps) != 1 || missing <= 0 || missing != len(tp.said[down])-len(p.plaintext(1, down)) {
		t.Errorf("gaps %q; %d of %d bytes were opened", gaps, len(p.plaintext(1, down)), len(tp.said[down]))
	}
	if !bytes.Equal(p.plaintext(1, up), tp.said[up]) {
		t.Error("the other direction suffers")
	}
	wants(t, p.closings(), "1 closed by client:")
}

// TestLossIsToldFirst: that bytes are missing is told before the other direction goes on, which
// may answer them. How many they are is not known by then.
func TestLossIsToldFirst(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 20, 1000))
	segments := segmentsOf(tp, 1460, 7)
	lost := 0
	for i, s := range segments {
		if s.dir == down && len(s.data) > 0 && i > len(segments)/2 {
			lost = i
			break
		}
	}
	lines := over(t, tp, slices.Delete(segments, lost, lost+1)).lines()
	at := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, "gap") })
	if at < 0 || lines[at] != "1 s2c gap -1" || !strings.HasPrefix(lines[at-1], "1 c2s ") || !strings.HasPrefix(lines[at+1], "1 c2s ") {
		t.Errorf("got\n\t%s", strings.Join(lines, "\n\t"))
	}
}

// TestLossInHandshake has a capture that lacks a part of the ClientHello: what both directions
// carry is opened all the same.
func TestLossInHandshake(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 3, 1000))
	segments := segmentsOf(tp, 100, 7)
	p := over(t, tp, slices.Delete(segments, 4, 5)) // of the ClientHello
	p.carries(t, 1, tp)
	wants(t, p.closings(), "1 closed by client:")
}

// TestEndings has all ways in which sessions end.
func TestEndings(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 100))
	notified := len(tp.writes) - 2 // before the close_notifies
	for _, tt := range []struct {
		name  string
		build func(c *tcp)
		want  string
	}{
		{"close_notify and FIN", func(c *tcp) { c.play(tp); c.fin() }, "client:"},
		{"close_notify, and the capture ends", func(c *tcp) { c.play(tp) }, "client:"},
		{
			"FIN of the client",
			func(c *tcp) { c.play(&tape{writes: tp.writes[:notified]}); c.fin() },
			"client: the client ended its TCP stream without close_notify",
		},
		{
			"FIN of the server",
			func(c *tcp) {
				c.play(&tape{writes: tp.writes[:notified]})
				c.add(down, "FA", nil)
				c.add(up, "FA", nil)
			},
			"server: the server ended its TCP stream without close_notify",
		},
		{
			"RST of the server",
			func(c *tcp) { c.play(&tape{writes: tp.writes[:notified]}); c.add(down, "R", nil) },
			"server: the server reset its connection",
		},
		{
			"RST that can't be the server's",
			func(c *tcp) {
				c.play(&tape{writes: tp.writes[:notified]})
				was := c.next[down]
				c.next[down] += 1 << 30
				c.add(down, "R", nil)
				c.next[down] = was
			},
			"capture: the capture ends",
		},
		{"the capture ends", func(c *tcp) { c.play(&tape{writes: tp.writes[:notified]}) }, "capture: the capture ends"},
		{
			"in the handshake",
			func(c *tcp) { c.play(&tape{writes: tp.writes[:1]}); c.add(down, "R", nil) },
			"server: the TLS handshake did not finish; the server reset its connection; it may want another SNI, or be none of TLS",
		},
		{"no TLS", func(c *tcp) { c.send(up, []byte("GET / HTTP/1.1\r\n\r\n")); c.fin() }, "client: not TLS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := connect(1460, 7)
			tt.build(c)
			want := "1 closed by " + tt.want
			if tt.name == "in the handshake" {
				want = "1 TLS failed, closed by " + tt.want
			}
			wants(t, over(t, tp, c.segments).closings(), want)
		})
	}
}

// TestGone has a peer that closes its connection in good order, while the other goes on.
func TestGone(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 100))
	n := len(tp.writes)
	closes := protocol.ByDirection[[]byte]{tp.writes[n-2].data, tp.writes[n-1].data}
	said := tp.writes[n-4].data // by the server, in front of the client's FIN of the stream and both ends
	talk := tape{writes: append(slices.Clone(tp.writes[:n-4]), tp.writes[n-3])}
	for _, tt := range []struct {
		name  string
		build func(c *tcp)
		want  []string
	}{
		{"the client, with FIN", func(c *tcp) {
			c.send(up, closes[up])
			c.add(up, "FA", nil)
			c.send(down, said)
			c.send(down, closes[down])
			c.add(down, "FA", nil)
		}, []string{"client gone", "s2c 107 bytes", "closed by client:"}},
		{"the client, and the capture ends", func(c *tcp) {
			c.send(up, closes[up])
			c.add(up, "FA", nil)
			c.send(down, said)
		}, []string{"client gone", "s2c 107 bytes", "closed by client:"}},
		{"the server", func(c *tcp) {
			c.send(down, said)
			c.send(down, closes[down])
			c.add(down, "FA", nil)
			c.add(up, "A", nil)
			c.add(up, "FA", nil)
		}, []string{"s2c 107 bytes", "server gone", "closed by server:"}},
		{"close_notify alone", func(c *tcp) {
			c.send(up, closes[up])
			c.send(down, said)
			c.add(down, "R", nil)
		}, []string{"client gone", "s2c 107 bytes", "closed by client:"}},
		{"FIN alone", func(c *tcp) {
			c.add(up, "FA", nil)
			c.send(down, said)
			c.send(down, closes[down])
			c.add(down, "FA", nil)
		}, []string{"client gone", "s2c 107 bytes", "closed by client: the client ended its TCP stream without close_notify"}},
		{"both", func(c *tcp) {
			c.send(down, said)
			c.send(up, closes[up])
			c.send(down, closes[down])
			c.fin()
		}, []string{"s2c 107 bytes", "client gone", "closed by client:"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := connect(1460, 7)
			c.play(&talk)
			tt.build(c)
			packets := packetsOf(t, ethernet(), routeOf(50000), c.segments)
			early := file(t, pcapFile(t, layers.LinkTypeEthernet, packets), tp.keys)
			// The key may come behind all that needs it.
			late := play(t, replay.Config{Input: pipeOf(bytes.NewReader(ngFile(t, layers.LinkTypeEthernet, packets, tp.keys, len(packets))))})
			for when, p := range map[string]*played{"early": early, "late": late} {
				lines := p.lines()
				var ends []string
				for _, l := range lines[max(0, len(lines)-len(tt.want)):] {
					ends = append(ends, strings.TrimPrefix(l, "1 "))
				}
				if !slices.Equal(ends, tt.want) || strings.Count(strings.Join(lines, "\n"), " gone") != strings.Count(strings.Join(tt.want, "\n"), " gone") {
					t.Errorf("%s key: got\n\t%s\nwant at its end\n\t%s", when, strings.Join(lines, "\n\t"), strings.Join(tt.want, "\n\t"))
				}
			}
		})
	}
}

// TestRefused has connections that the server does not accept.
func TestRefused(t *testing.T) {
	c := &tcp{at: began, next: protocol.ByDirection[uint32]{5, 0}}
	c.add(up, "S", nil)
	wants(t, over(t, &tape{}, c.segments).closings(), "1 closed by capture: the server did not answer; the capture ends")
	c.add(down, "RA", nil)
	wants(t, over(t, &tape{}, c.segments).closings(), "1 closed by server: the server refused the connection")
}

// TestPortReuse: a new connection between the same ports is a session of its own.
func TestPortReuse(t *testing.T) {
	first, second := tapeOf(t, nil, smallTalk(t, 2, 3000)), tapeOf(t, nil, smallTalk(t, 3, 1000))
	keys := append(slices.Clone(first.keys), second.keys...)
	for _, tt := range []struct {
		name    string
		between func(c *tcp)
		closed  string
	}{
		{"after FIN", func(c *tcp) { c.fin() }, "1 closed by client:"},
		{"after RST", func(c *tcp) { c.add(up, "R", nil) }, "1 closed by client:"},
		{"without an end", func(*tcp) {}, "1 closed by client:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := connect(1460, 1000)
			c.play(first)
			tt.between(c)
			late := c.segments[len(c.segments)-2] // still on its way
			again := connect(1460, 3_000_000_000)
			again.at = c.at
			again.play(second)
			again.fin()
			segments := append(c.segments, again.segments[0], late)
			segments = append(segments, again.segments[1:]...)
			p := over(t, &tape{keys: keys}, segments)
			p.carries(t, 1, first)
			p.carries(t, 2, second)
			wants(t, p.closings(), tt.closed, "2 closed by client:")
		})
	}
}

// TestManyFlows: sessions side by side are numbered by their first packets, and any
// number of workers gives the sink the same events in the same order.
func TestManyFlows(t *testing.T) {
	const flows = 30
	var (
		keys    []byte
		packets []packet
		tapes   []*tape
	)
	for i := range flows {
		tp := tapeOf(t, nil, smallTalk(t, 1+i%4, 100+500*(i%5)))
		tapes = append(tapes, tp)
		keys = append(keys, tp.keys...)
		packets = append(packets, packetsOf(t, ethernet(), routeOf(uint16(50000+i)), segmentsOf(tp, 1460, uint32(i)))...)
	}
	slices.SortStableFunc(packets, func(a, b packet) int { return a.at.Compare(b.at) })
	b := pcapFile(t, layers.LinkTypeEthernet, packets)
	var want []string
	for workers := 1; workers <= 4; workers++ {
		p := play(t, replay.Config{Input: bytes.NewReader(b), KeyLogs: []io.Reader{bytes.NewReader(keys)}, Workers: workers})
		check(t, p.err)
		if workers == 1 {
			want = p.lines()
			for i, tp := range tapes {
				p.carries(t, p.events[i].Session, tp)
				if opened := fmt.Sprintf("%d opened 10.0.0.1:%d 10.0.0.2:8443", i+1, 50000+i); want[i] != opened {
					t.Errorf("event %d: %s, want %s", i, want[i], opened)
				}
			}
			continue
		}
		if got := p.lines(); !slices.Equal(got, want) {
			t.Errorf("%d workers give other events than 1, or in another order", workers)
		}
	}
}

// TestVersions has both versions of TLS.
func TestVersions(t *testing.T) {
	for _, version := range []uint16{0x0303, 0x0304} {
		tp := tapeOf(t, versions(version), smallTalk(t, 3, 3000))
		over(t, tp, segmentsOf(tp, 1460, 1)).isWhole(t, tp)
	}
}

// TestOneDirection has captures of one direction only: what it carries is told, and that the
// other is not seen.
func TestOneDirection(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 3, 3000))
	for _, dir := range []protocol.Direction{up, down} {
		segments := slices.DeleteFunc(segmentsOf(tp, 1460, 1), func(s segment) bool { return s.dir != dir })
		p := over(t, tp, segments)
		unseen := fmt.Sprintf("1 %v unseen: the capture has no data of the %v's direction; capture where both directions pass", dir.Reverse(), dir.Receiver())
		if lines := p.lines(); len(lines) < 4 || lines[2] != unseen || !bytes.Equal(p.plaintext(1, dir), tp.said[dir]) {
			t.Errorf("%v: %q", dir, lines)
		}
	}
}
