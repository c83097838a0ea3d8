package replay_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture"
	"anytls-inspect/capture/replay"
	"anytls-inspect/protocol"
)

// captured returns a capture of what was said on a tape.
func captured(t *testing.T, tp *tape, segments []segment) []byte {
	t.Helper()
	return pcapFile(t, layers.LinkTypeEthernet, packetsOf(t, ethernet(), routeOf(50000), segments))
}

// keysWithout returns the lines of a key log whose labels do not begin with any of these.
func keysWithout(keys []byte, labels ...string) (left []byte) {
	for line := range bytes.Lines(keys) {
		if !slices.ContainsFunc(labels, func(l string) bool { return bytes.HasPrefix(line, []byte(l)) }) {
			left = append(left, line...)
		}
	}
	return left
}

// TestSomeKeys has key logs that lack some of the session's secrets: what can't be opened
// is unseen before the other direction has data, for the right cause; and where nothing
// can be, the session says why.
func TestSomeKeys(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 3, 1000))
	b := captured(t, tp, segmentsOf(tp, 1460, 1))
	for _, tt := range []struct {
		name   string
		keys   []byte
		unseen string // what is said of the direction that is unseen; empty where both are for one reason, or none
		dir    protocol.Direction
		closed string // a part of how the session closes
		opened [2]bool
	}{
		{
			"the client's", keysWithout(tp.keys, "SERVER_"), "no key for it: the key log has the client's secrets of this session, and not the server's", down,
			"the key log has the client's secrets of this session, and not the server's",
			[2]bool{true, false},
		},
		{
			"the server's", keysWithout(tp.keys, "CLIENT_"), "no key for it: the key log has the server's secrets of this session, and not the client's", up,
			"the key log has the server's secrets of this session, and not the client's",
			[2]bool{false, true},
		},
		{"the handshake's", keysWithout(tp.keys, "CLIENT_TRAFFIC", "SERVER_TRAFFIC"), "no key for it: the key log has only the server's handshake secret", down, "handshake secret of this session, and no line", [2]bool{}},
		{"the traffic's", keysWithout(tp.keys, "CLIENT_HANDSHAKE", "SERVER_HANDSHAKE"), "", up, "closed by client:", [2]bool{true, true}},
		{"none", []byte{}, "", up, "the key log has no secrets", [2]bool{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, input := range map[string]io.Reader{"file": bytes.NewReader(b), "pipe": pipeOf(bytes.NewReader(b))} {
				p := play(t, replay.Config{Input: input, KeyLogs: []io.Reader{bytes.NewReader(tt.keys)}})
				check(t, p.err)
				p.isOrderly(t)
				for d, opened := range tt.opened {
					if got := p.plaintext(1, protocol.Direction(d)); opened && !bytes.Equal(got, tp.said[d]) || !opened && len(got) > 0 {
						t.Errorf("%s: %v has %d bytes", name, protocol.Direction(d), len(got))
					}
				}
				var first, unseen capture.Event
				for _, e := range p.events {
					switch e.Kind {
					case capture.Data:
						if first.Kind != capture.Data {
							first = e
						}
					case capture.Unseen:
						if unseen.Kind == capture.Unseen && unseen.Dir == e.Dir || first.Kind == capture.Data {
							t.Errorf("%s: unseen again, or behind data: %q", name, p.lines())
						}
						unseen = e
					case capture.Gap:
						t.Errorf("%s: a gap: %q", name, p.lines())
					}
				}
				if !strings.HasPrefix(unseen.Why, tt.unseen) || (unseen.Why != "") != (tt.unseen != "") || unseen.Dir != tt.dir {
					t.Errorf("%s: unseen is %v, %q", name, unseen.Dir, unseen.Why)
				}
				if c := p.closings(); len(c) != 1 || !strings.Contains(c[0], tt.closed) {
					t.Errorf("%s: closings %q", name, c)
				}
			}
		})
	}
}

// TestUnseen: what a direction has behind its end as TLS is unseen, and the other one
// goes on.
func TestUnseen(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 100))
	c := connect(1460, 7)
	c.play(&tape{writes: tp.writes[:len(tp.writes)-2]})
	c.send(up, []byte("this is no TLS"))
	c.play(&tape{writes: tp.writes[len(tp.writes)-1:]})
	c.fin()
	p := over(t, tp, c.segments)
	p.carries(t, 1, tp)
	if !slices.Contains(p.lines(), "1 c2s unseen: not TLS") {
		t.Errorf("got %q", p.lines())
	}
}

// TestKeyLogForms: a key log is read in the form that shells and editors give it.
func TestKeyLogForms(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 100))
	b := captured(t, tp, segmentsOf(tp, 1460, 1))
	var wide []byte
	for _, c := range utf16.Encode([]rune("\ufeff" + string(tp.keys))) {
		wide = binary.LittleEndian.AppendUint16(wide, c)
	}
	for _, tt := range []struct {
		name, warning string
		keys          []byte
		opens         bool
	}{
		{"UTF-16", "key log 1 is UTF-16, as PowerShell's > writes it: it is read all the same", wide, true},
		{"Windows", "", bytes.ReplaceAll(tp.keys, []byte("\n"), []byte("\r\n")), true},
		{"quotes", "", bytes.ReplaceAll(append([]byte{'"'}, tp.keys...), []byte("\n"), []byte("\"\n\"")), true},
		{"empty", "key log 1 is empty: the program whose log it is to be has written no secrets", []byte{}, false},
		{"a private key", "key log 1: key log, line 1: is a private key, and no key log", []byte("-----BEGIN PRIVATE KEY-----\nMHcCAQEE\n-----END PRIVATE KEY-----\n"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, input := range map[string]io.Reader{"file": bytes.NewReader(b), "pipe": pipeOf(bytes.NewReader(b))} {
				p := play(t, replay.Config{Input: input, KeyLogs: []io.Reader{bytes.NewReader(tt.keys)}})
				check(t, p.err)
				if tt.warning == "" && len(p.warnings) > 0 && tt.name != "quotes" || tt.warning != "" && (len(p.warnings) == 0 || !strings.HasPrefix(p.warnings[0], tt.warning)) {
					t.Errorf("%s: warnings %q", name, p.warnings)
				}
				if tt.opens {
					p.carries(t, 1, tp)
				}
			}
		})
	}
}
