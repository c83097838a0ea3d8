package tui

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
	"anytls-inspect/tui/command"
	"anytls-inspect/tui/screentest"
)

// evil is the text of all that others send.
const evil = screentest.Evil

// check fails unless a terminal of w × h cells shows the screen as it is meant.
func check(t testing.TB, m *Model, w, h int) {
	t.Helper()
	ours := allStyles(&m.styles)
	text, used := screentest.Unstyled(m.View().Content)
	slices.Sort(used)
	for _, seq := range slices.Compact(used) {
		// The compositor writes the styles below a dialog in its own words.
		if m.dialog == nil && !strings.Contains(ours, seq) {
			t.Fatalf("%q is none of the screen's styles", seq)
		}
	}
	for _, r := range text {
		if r != '\n' && (!protocol.IsPrint(r) || r == unicode.ReplacementChar) {
			t.Fatalf("%U reaches the screen:\n%q", r, text)
		}
	}
	lines := strings.Split(text, "\n")
	if len(lines) > max(h, 1) {
		t.Fatalf("%d lines on %d×%d", len(lines), w, h)
	}
	for _, line := range lines {
		// Terminals disagree about clusters: both ways must fit.
		if a, b := ansi.StringWidth(line), ansi.StringWidthWc(line); a > w || b > w || a != b {
			t.Fatalf("a line of %d or %d cells on %d×%d: %q", a, b, w, h, line)
		}
		if m.dialog == nil && w >= leastWidth && h >= leastHeight && ansi.StringWidth(line) != w {
			t.Fatalf("a line of %d cells on %d×%d: %q", ansi.StringWidth(line), w, h, line)
		}
	}
}

// allStyles returns all escape sequences of the styles.
func allStyles(s *cell.Styles) string {
	var b strings.Builder
	add := func(paints ...cell.Paint) {
		for _, p := range paints {
			on, off, _ := strings.Cut(p.Render("x"), "x")
			b.WriteString(on + " " + off + " ")
		}
	}
	for _, p := range []cell.Palette{s.Row, s.Chosen} {
		add(p.Text, p.Dim, p.Strong, p.Accent, p.Good, p.Warn, p.Bad, p.Up, p.Down, p.Stream, p.Setup, p.Own, p.Heart)
	}
	add(s.Border, s.Focus, s.Title, s.FocusTitle, s.Badge, s.Cold)
	return b.String()
}

// hostile is a run in which all text is evil.
func hostile(t testing.TB) *script {
	s := newScript(t, journal.Limits{})
	s.listen("127.0.0.1:9443")
	s.j.Record(&capture.Event{Kind: capture.Opened, Session: 1, At: s.at, Route: evil, Client: evil, Server: evil})
	s.j.Record(&capture.Event{
		Kind: capture.Established, Session: 1, At: s.at,
		TLS: &capture.TLS{Version: evil, Cipher: evil, SNI: evil, ALPN: evil},
	})
	s.up(1, s.preamble("x"))
	s.up(1, s.frame(protocol.Settings, 0, "v=2\nclient="+evil+"\npadding-md5="+evil+"\n"+evil+"="+evil))
	s.up(1, s.frame(protocol.SYN, 1, ""), s.frame(protocol.PSH, 1, s.target(evil, 1)+evil))
	s.up(1, s.frame(protocol.SYN, 2, ""), s.frame(protocol.PSH, 2, s.udp(evil, 1)+evil))
	s.down(1, s.frame(protocol.ServerSettings, 0, evil))
	s.down(1, s.frame(protocol.SYNACK, 1, evil), s.frame(protocol.UpdatePaddingScheme, 0, "stop=2\n"+evil))
	s.down(1, s.frame(200, 7, evil), s.frame(protocol.Waste, 0, evil))
	s.down(1, s.frame(protocol.Alert, 0, evil))
	s.open(2, evil).up(2, []byte(evil+strings.Repeat("x", 40)))
	s.open(3, "192.0.2.1:1").greet(3, "a/1", "host").close(3, session.ClosedByServer, evil)
	s.open(4, evil).greet(4, evil, "host").gap(4, protocol.ServerToClient, 1<<62).order(4, time.Hour, true, evil).unseen(4, protocol.ClientToServer, evil)
	return s
}

func TestHostileText(t *testing.T) {
	for _, size := range [][2]int{{40, 12}, {80, 24}, {120, 40}, {200, 50}, {97, 61}} {
		x := newScreen(t, hostile(t), size[0], size[1], func(o *Options) { o.Title, o.Filter = evil, evil })
		x.in.err = errText(evil)
		for _, keys := range [][]string{
			nil,
			{"1"},
			{"home"},
			{"down"},
			{"i"},
			{"2"},
			{"down"},
			{"3"},
			{"home"},
			{"enter"},
			{"3", "down", "enter"},
			{"3", "down", "down", "down", "enter"},
			{"3", "down", "down", "enter"},
			{"3", "down", "down", "enter"},
			{"3", "down", "enter"},
			{"3", "down", "enter"},
			{"3", "down", "enter"},
			{"3", "down", "enter"},
			{"3", "down", "enter"},
			{"4"},
			{"5"},
			{"up"},
			{"home"},
			{"?"},
			{"esc", "h"},
			{"t"},
			{"1", "end", "3"},
			{"end", "enter"},
			{"3", "up", "enter"},
			{"4"},
			{"1", "i"},
			{"q"},
		} {
			x.press(keys...)
			check(t, x.m, size[0], size[1])
		}
	}
}

type errText string

func (e errText) Error() string { return string(e) }

// TestCredentialIsNotShown: the hash of the password appears nowhere, unless
// asked for.
func TestCredentialIsNotShown(t *testing.T) {
	hash := protocol.HashPassword("correct horse")
	hex := strings.ToLower(strings.TrimSpace(hexOf(hash[:8])))
	x := newScreen(t, story(t), 200, 50).press("3", "home")
	x.want("auth preamble", "·· ·· ·· ··", "redacted; --show-secrets shows it", "fingerprint").wantNot(hex)
	x = newScreen(t, story(t), 200, 50, func(o *Options) { o.ShowSecrets = true }).press("3", "home")
	x.want(hex, "the credential itself").wantNot("redacted")
}

func hexOf(b []byte) string {
	d := cell.NewHexdump(b, false, 80)
	s := cell.Styles{}
	return d.Line(&s.Row, 0, 80)[6 : 6+23]
}

// play plays keys, sizes and traffic that it reads from bytes, so that a fuzzer can
// write them.
func play(t testing.TB, input []byte) {
	w, h := 80, 24
	x := newScreen(t, hostile(t), w, h)
	names := append(keysOf(x.m.commands), "n", "x")
	id := capture.SessionID(10)
	for i := 0; i+1 < len(input); i += 2 {
		switch op, arg := input[i]%8, int(input[i+1]); op {
		case 0:
			w = arg % 61
			x.send(tea.WindowSizeMsg{Width: w, Height: h})
		case 1:
			h = arg % 61
			x.send(tea.WindowSizeMsg{Width: w, Height: h})
		case 2:
			w, h = arg, arg/4
			x.send(tea.WindowSizeMsg{Width: w, Height: h})
		case 3:
			x.s.talk(1, 1, arg, arg).beat(1, protocol.Server, 0).wait(aging)
			id++
			x.s.open(id, evil).greet(id, evil, "host")
		case 4:
			if id > 10 {
				x.s.close(id, session.ClosedByRelay, evil)
				id--
			}
		default:
			x.send(keyMsg(names[arg%len(names)]))
		}
		if input[i]&0x80 != 0 {
			x.tick()
		}
		check(t, x.m, w, h)
	}
}

// keysOf returns the keys of all commands.
func keysOf(s *command.Set) (keys []string) {
	for _, g := range s.Groups() {
		for _, c := range g.Commands {
			keys = append(keys, c.Keys...)
		}
	}
	return keys
}

// TestAnyKeysAnySize: no size and no sequence of keys breaks the screen.
func TestAnyKeysAnySize(t *testing.T) {
	for seed := range uint64(8) {
		random := rand.New(rand.NewPCG(seed, 1))
		input := make([]byte, 160)
		for i := range input {
			input[i] = byte(random.Uint32())
		}
		play(t, input)
	}
	// All small sizes, with something to see.
	x := newScreen(t, story(t), 1, 1)
	for w := range 61 {
		for h := range 61 {
			if h > leastHeight+2 && h%9 != 0 {
				continue
			}
			x.send(tea.WindowSizeMsg{Width: w, Height: h})
			check(t, x.m, w, h)
		}
	}
}

func FuzzKeys(f *testing.F) {
	f.Add([]byte{0x80, 1, 0x81, 1, 0x85, 14, 0x85, 14})
	f.Add([]byte{0x82, 255, 0x83, 9, 0x85, 22, 0x83, 200, 0x85, 0, 0x85, 2, 0x85, 4})
	f.Fuzz(func(t *testing.T, input []byte) { play(t, input[:min(len(input), 400)]) })
}
