package gate

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A fakeRules touches the frames of some commands, and the preamble by command 0xff.
type fakeRules struct {
	touches []protocol.Command
	data    bool
	off     bool
	asked   []string
}

const ofPreamble = protocol.Command(0xff)

func (r *fakeRules) On() bool        { return !r.off }
func (r *fakeRules) NeedsData() bool { return r.data }

func (r *fakeRules) Frame(_ time.Time, h protocol.Header, preamble bool, data []byte, whole bool) rule.Program {
	c := h.Command
	if preamble {
		c = ofPreamble
	}
	r.asked = append(r.asked, fmt.Sprintf("%d:%d:%t", c, len(data), whole))
	for _, t := range r.touches {
		if t == c {
			return rule.Program{{Action: rule.Join}}
		}
	}
	return nil
}

// A fakeQueue has one stream that frames wait behind.
type fakeQueue struct{ stream int }

func (q fakeQueue) Queued(stream uint32) bool { return int(stream) == q.stream }
func (q fakeQueue) Due() bool                 { return false }

// sifted sifts a record, and returns its parts in words.
func sifted(g *Gate, q Queue, record string) string {
	g.Begin(time.Unix(0, 0), append(make([]byte, Headroom), record...))
	var out []string
	for {
		p, ok := g.Sift(q)
		if !ok {
			return strings.Join(out, " ")
		}
		what := map[Order]string{Pass: "pass", Absorb: "absorb", Gather: "gather", Late: "late", Whole: "whole", Lose: "lose"}[p.Order]
		b := p.Data
		if p.Frame != nil {
			b = p.Frame.Wire
		}
		out = append(out, fmt.Sprintf("%s:%d", what, len(b)))
	}
}

// TestSift: what the gate makes of records under rules, one record a line.
func TestSift(t *testing.T) {
	frame := func(c protocol.Command, stream uint32, data string) string {
		b, _ := protocol.AppendFrame(nil, c, stream, []byte(data))
		return string(b)
	}
	push, alert := frame(protocol.PSH, 1, "abc"), frame(protocol.Alert, 0, "oops")
	odd := frame(99, 0, "")
	for _, tc := range []struct {
		name    string
		rules   fakeRules
		queue   int
		records []string
		want    []string
	}{
		{"nothing is touched", fakeRules{}, -1, []string{push + alert, push[:8], push[8:]}, []string{"pass:21", "pass:8", "pass:2"}},
		{"a cut header waits", fakeRules{}, -1, []string{push + push[:3], push[3:]}, []string{"pass:10 gather:3", "pass:10"}},
		{"touched in the middle", fakeRules{touches: []protocol.Command{protocol.Alert}}, -1, []string{push + alert + push}, []string{"pass:10 gather:11 whole:11 pass:10"}},
		{
			"touched, over records",
			fakeRules{touches: []protocol.Command{protocol.Alert}},
			-1,
			[]string{push + alert[:8], alert[8:9], alert[9:] + push},
			[]string{"pass:10 gather:8", "gather:1", "gather:2 whole:11 pass:10"},
		},
		{"data is looked into", fakeRules{data: true}, -1, []string{push[:8], push[8:9], push[9:] + alert}, []string{"gather:8", "gather:1", "late:9 pass:12"}},
		{"behind one that waits", fakeRules{}, 1, []string{alert + push + alert, push[:9], push[9:]}, []string{"pass:11 gather:10 whole:10 pass:11", "gather:9", "gather:1 whole:10"}},
		{"the framing is lost", fakeRules{}, -1, []string{push + odd + odd + push[:2], push[2:], odd + odd + odd + push}, []string{"pass:24 gather:2", "pass:10", "pass:14 lose:0 pass:17"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := New(protocol.ServerToClient, NewShared(time.Second, session.NewSchemes(), new(Rooms)))
			g.SetRules(&tc.rules)
			for i, record := range tc.records {
				if got := sifted(g, fakeQueue{tc.queue}, record); got != tc.want[i] {
					t.Errorf("record %d: %s, want %s", i, got, tc.want[i])
				}
			}
		})
	}
}

// TestSiftPreamble: the preamble is gathered, and goes on as it came where no rule touches it.
func TestSiftPreamble(t *testing.T) {
	preamble := string(protocol.Preamble{Padding: 10}.Append(nil))
	for _, tc := range []struct {
		touches protocol.Command
		want    string
	}{
		{protocol.PSH, "gather:20|gather:20|late:40 pass:4"},
		{ofPreamble, "gather:20|gather:20|gather:4 whole:44"},
	} {
		g := New(protocol.ClientToServer, NewShared(time.Second, session.NewSchemes(), new(Rooms)))
		rules := &fakeRules{touches: []protocol.Command{tc.touches}}
		g.SetRules(rules)
		var got []string
		for _, part := range []string{preamble[:20], preamble[20:40], preamble[40:]} {
			got = append(got, sifted(g, fakeQueue{-1}, part))
			if !g.AtBoundary() {
				t.Error("nothing was written of it, and yet nothing can be inserted")
			}
		}
		if s := strings.Join(got, "|"); s != tc.want || len(rules.asked) != 1 || rules.asked[0] != "255:10:true" {
			t.Errorf("%s, asked %v; want %s", s, rules.asked, tc.want)
		}
	}
}

// TestSwitched: rules that are switched on amid a frame begin with the next one, and what is
// gathered when they are switched off goes on with its program.
func TestSwitched(t *testing.T) {
	push, _ := protocol.AppendFrame(nil, protocol.PSH, 1, []byte("abc"))
	g := New(protocol.ServerToClient, NewShared(time.Second, session.NewSchemes(), new(Rooms)))
	rules := &fakeRules{touches: []protocol.Command{protocol.PSH}, off: true}
	g.SetRules(rules)
	if g.Sifts() {
		t.Error("no rule is on")
	}
	g.Decide(time.Unix(0, 0), append(make([]byte, Headroom), push[:4]...), nil)
	rules.off = false
	if got := sifted(g, fakeQueue{-1}, string(push[4:])+string(push[:8])); got != "pass:6 gather:8" {
		t.Errorf("%s", got)
	}
	rules.off = true
	if !g.Sifts() || !g.AtBoundary() {
		t.Error("a frame that is gathered is forgotten")
	}
	if got := sifted(g, fakeQueue{-1}, string(push[8:])+string(push)); got != "gather:2 whole:10 pass:10" || g.Sifts() {
		t.Errorf("%s", got)
	}
}

// TestSiftAnswers: an answer to the relay is absorbed, whether it is gathered or not, but not
// behind an unknown command, since it may be no frame. Answers that the relay makes settle nothing.
func TestSiftAnswers(t *testing.T) {
	answer, _ := protocol.AppendFrame(nil, protocol.HeartResponse, 0, nil)
	odd, _ := protocol.AppendFrame(nil, protocol.ServerSettings, 0, []byte("v=2")) // it is AnyTLS
	odd, _ = protocol.AppendFrame(odd, 99, 0, nil)
	for _, touches := range [][]protocol.Command{nil, {protocol.HeartResponse}} {
		for _, doubtful := range []bool{false, true} {
			shared := NewShared(time.Hour, session.NewSchemes(), new(Rooms))
			up, g := New(protocol.ClientToServer, shared), New(protocol.ServerToClient, shared)
			g.SetRules(&fakeRules{touches: touches})
			up.Inserted(time.Unix(0, 0), protocol.Frame{Command: protocol.HeartRequest})
			g.Inserted(time.Unix(0, 0), protocol.Frame{Command: protocol.HeartResponse})
			g.Wrote(time.Unix(0, 0), protocol.Header{Command: protocol.HeartResponse}, nil, true)
			if !shared.AnswerDue(protocol.ServerToClient) {
				t.Error("an answer that the relay made has settled its own request")
			}
			record := answer
			if doubtful {
				record = append(odd, answer...)
			}
			absorbed := false
			g.Begin(time.Unix(1, 0), append(make([]byte, Headroom), record...))
			for {
				p, ok := g.Sift(fakeQueue{-1})
				if !ok {
					break
				}
				absorbed = absorbed || p.Order == Absorb || p.Frame != nil && p.Frame.Absorb
			}
			if absorbed == doubtful || shared.AnswerDue(protocol.ServerToClient) {
				t.Errorf("touched %v, behind an unknown command %v: absorbed %v", touches, doubtful, absorbed)
			}
		}
	}
}

// FuzzSift hands records of any bytes to a gate under rules. The parts cover the bytes that
// came, in order, and what is gathered at the end is what is still missing.
func FuzzSift(f *testing.F) {
	f.Add([]byte{1, 0x22, 9, 2, 0, 0, 0, 1, 0, 2, 'x', 'y', 5, 0, 20, 2, 0, 0, 0, 1, 0, 2, 'x', 'y', 9, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0, 0x02, 3, 2, 0, 0, 14, 0, 0, 0, 9, 99, 0, 0, 0, 0, 0, 0, 99, 0, 0, 0, 0, 0, 0, 99, 0})
	f.Fuzz(func(t *testing.T, input []byte) {
		if len(input) < 2 {
			return
		}
		dir, how := protocol.Direction(input[0]&1), input[1]
		g := New(dir, NewShared(time.Second, session.NewSchemes(), new(Rooms)))
		rules := &fakeRules{touches: []protocol.Command{protocol.Command(how & 0xf)}, data: how&0x10 != 0}
		g.SetRules(rules)
		var came, went []byte
		for input = input[2:]; len(input) > 0; {
			n := min(int(input[0]), len(input)-1)
			record := input[1 : 1+n]
			input = input[1+n:]
			came = append(came, record...)
			rules.off = n%7 == 6
			buf := append(make([]byte, Headroom), record...)
			if n == 0 {
				continue
			}
			if !g.Sifts() {
				for _, v := range g.Decide(time.Unix(0, 0), buf, nil) {
					went = append(went, v.Data...)
				}
				continue
			}
			g.Begin(time.Unix(0, 0), buf)
			for {
				p, ok := g.Sift(fakeQueue{int(how >> 5)})
				if !ok {
					break
				}
				switch p.Order {
				case Pass, Absorb, Late:
					went = append(went, p.Data...)
				case Whole:
					if want := came[p.Frame.At-1:][:len(p.Frame.Wire)]; !bytes.Equal(p.Frame.Wire, want) {
						t.Fatalf("the frame at %d is %x, want %x", p.Frame.At, p.Frame.Wire, want)
					}
					went = append(went, p.Frame.Wire...)
				}
			}
		}
		if went = append(went, g.Release().Data...); !bytes.Equal(came, went) {
			t.Fatalf("came %x, went %x", came, went)
		}
	})
}
