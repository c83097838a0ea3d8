package tui

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

func TestHarmless(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain ASCII ~", "plain ASCII ~"},
		{"", ""},
		{"例え.テスト", "例え.テスト"},
		{"→ é ก็", "→ é ก็"},
		{"\x1b[31m", `\x1b[31m`},
		{"\u009b5m", `\u009b5m`},
		{"a\u202eb", `a\u202eb`},
		{"a\r\nb\tc\x00\x7f", `a\r\nb\tc\x00\x7f`},
		{"\xff\xfe", `\xff\xfe`},
		{"\xc2", `\xc2`},
		{"❤\ufe0f", `\u2764\ufe0f`},
		{"👩\u200d👧", `\U0001f469\u200d\U0001f467`},
		{"e\u0301", "e\u0301"},
		{"\u0301", `\u0301`},
		{"\r🏽", `\r\U0001f3fd`},
	}
	for _, tt := range tests {
		if got := harmless(tt.in); got != tt.want {
			t.Errorf("harmless(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzFit(f *testing.F) {
	f.Add("abc", 2)
	f.Add(evil, 17)
	f.Fuzz(func(t *testing.T, s string, cells int) {
		cells %= 300
		for _, got := range []string{fit(s, cells), fitRight(s, cells)} {
			if a, b := ansi.StringWidth(got), ansi.StringWidthWc(got); a != max(cells, 0) || a != b {
				t.Errorf("%q in %d cells is %q of %d or %d", s, cells, got, a, b)
			}
		}
		for _, part := range wrap(s, cells) {
			if got := ansi.StringWidth(part); got > max(cells, 0) {
				t.Errorf("%q wrapped to %d cells has a line of %d: %q", s, cells, got, part)
			}
		}
	})
}

func TestFormats(t *testing.T) {
	tests := []struct{ got, want string }{
		{count(0), "0"},
		{count(999), "999"},
		{count(1204), "1,204"},
		{count(uint64(1234567)), "1,234,567"},
		{size(0), "0"},
		{size(999), "999"},
		{size(999.6), "1.0k"},
		{size(1234), "1.2k"},
		{size(9_960), "10k"},
		{size(34_000_000), "34M"},
		{size(uint64(1) << 63), "9.2E"},
		{rtt(0), "–"},
		{rtt(850 * time.Microsecond), "850µs"},
		{rtt(1250 * time.Microsecond), "1.25ms"},
		{rtt(12_345 * time.Microsecond), "12.3ms"},
		{rtt(123_456 * time.Microsecond), "123ms"},
		{rtt(1234 * time.Millisecond), "1.23s"},
		{rtt(90 * time.Second), "1m30s"},
		{age(-time.Second), "0s"},
		{age(59 * time.Second), "59s"},
		{age(185 * time.Second), "3m05s"},
		{age(127 * time.Minute), "2h07m"},
		{age(107 * time.Hour), "4d11h"},
		{short(time.Minute), "1m"},
		{short(90 * time.Second), "1m30s"},
		{short(2 * time.Hour), "2h"},
		{short(250 * time.Millisecond), "250ms"},
		{plural(1, "request"), "1 request"},
		{plural(2, "request"), "2 requests"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestTable(t *testing.T) {
	columns := []column{
		{title: "a", least: 3, most: 3},
		{title: "b", least: 5, most: 9, rank: 2},
		{title: "c", least: 4, rank: 1},
		{title: "d", least: 0},
	}
	tests := []struct {
		room int
		want []int
	}{
		{40, []int{3, 9, 26, 0}},
		{14, []int{3, 5, 4, 0}},
		{13, []int{3, 0, 9, 0}},
		{8, []int{3, 0, 4, 0}},
		{7, []int{3, 0, 0, 0}},
		{1, []int{3, 0, 0, 0}},
	}
	for _, tt := range tests {
		table := newTable(columns, tt.room)
		if !slices.Equal(table.widths, tt.want) {
			t.Errorf("in %d cells the columns take %v, want %v", tt.room, table.widths, tt.want)
		}
		s := newStyles(look{})
		if got := ansi.StringWidth(table.header(&s.row, tt.room)); got != tt.room {
			t.Errorf("in %d cells the header takes %d", tt.room, got)
		}
	}
}

// TestLayout: at any size the panes cover the screen, each cell once.
func TestLayout(t *testing.T) {
	for w := leastWidth; w <= 240; w += 7 {
		for h := leastHeight; h <= 80; h++ {
			for _, opened := range []bool{false, true} {
				covered := make([]int, w*(h-2))
				for _, s := range arrange(w, h, opened) {
					if s.h < 3 || s.w < 20 {
						t.Fatalf("%d×%d: slot %v is too small", w, h, s)
					}
					for y := s.y - 1; y < s.y-1+s.h; y++ {
						for x := s.x; x < s.x+s.w; x++ {
							covered[y*w+x]++
						}
					}
				}
				if slices.Min(covered) != 1 || slices.Max(covered) != 1 {
					t.Fatalf("%d×%d opened=%v: the panes do not cover it exactly", w, h, opened)
				}
			}
		}
	}
}

// TestList moves a cursor through a list that grows at its end and loses its
// beginning, and holds it to the row that is chosen.
func TestList(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var rows []uint64
	next := uint64(1)
	l := list{follow: true}
	ask := func(height int) {
		w := l.window(height)
		from := w.From
		if i := slices.Index(rows, w.Anchor); w.Anchor != 0 && i >= 0 {
			from = i - w.Above
		}
		from = max(min(from, len(rows)-w.Limit), 0)
		l.answer(from, len(rows), rows[from:min(from+w.Limit, len(rows))])
	}
	for step := range 5000 {
		for range random.IntN(4) {
			rows = append(rows, next)
			next++
		}
		if len(rows) > 60 {
			rows = rows[random.IntN(10):]
		}
		chosen := l.key
		height := 1 + random.IntN(20)
		ask(height)
		switch {
		case len(rows) == 0:
			continue
		case l.follow && l.key != rows[len(rows)-1]:
			t.Fatalf("step %d: follows %d, newest is %d", step, l.key, rows[len(rows)-1])
		case !l.follow && chosen != 0 && slices.Contains(rows, chosen) && l.key != chosen:
			t.Fatalf("step %d: %d was chosen, and now %d", step, chosen, l.key)
		case l.at() < 0 || rows[l.row] != l.key:
			t.Fatalf("step %d: chosen row %d is not in the window %v", step, l.key, l.keys)
		}
		l.move(motion(random.IntN(int(toEnd) + 1)))
	}
}

func TestSparkline(t *testing.T) {
	p := &palette{}
	ms := time.Millisecond
	series := []time.Duration{ms, 4 * ms, session.LostSample, 8 * ms, 16 * ms}
	lines, top := sparkline(p, series, 2, 8)
	if want := []string{"    █   ", "▁▄×██   "}; !slices.Equal(lines, want) || top != 16*ms {
		t.Errorf("got %q up to %v, want %q", lines, top, want)
	}
	lines, _ = sparkline(p, series, 1, 3)
	if want := []string{"×▄█"}; !slices.Equal(lines, want) {
		t.Errorf("got %q, want the newest: %q", lines, want)
	}
	if lines, _ = sparkline(p, []time.Duration{session.LostSample}, 1, 2); lines[0] != "× " {
		t.Errorf("got %q", lines)
	}
}

func TestHexdump(t *testing.T) {
	p := &palette{}
	data := []byte("GET /\x00\x1b[31m \u202e~\x7f tail")
	d := newHexdump(data, false, 80)
	want := []string{
		" 0000  47 45 54 20 2f 00 1b 5b  33 31 6d 20 e2 80 ae 7e  GET /··[31m ···~",
		" 0010  7f 20 74 61 69 6c                                 · tail",
	}
	for i := range d.lines() {
		if got := strings.TrimRight(d.line(p, i, 80), " "); got != want[i] {
			t.Errorf("got  %q\nwant %q", got, want[i])
		}
	}
	if d := newHexdump(data, false, 50); d.perLine != 8 {
		t.Errorf("%d bytes a line in 50 cells", d.perLine)
	}
	d = newHexdump(data, true, 80)
	if got := d.line(p, 0, 80); strings.Contains(got, "47") || strings.Contains(got, "GET") {
		t.Errorf("redacted shows %q", got)
	}
}

// BenchmarkCompose composes the largest screen.
func BenchmarkCompose(b *testing.B) {
	x := newScreen(b, story(b), 200, 50)
	x.press("home", "3")
	for b.Loop() {
		x.m.compose()
	}
}

// BenchmarkTick is the whole of a refresh: the question, the answer, the screen.
func BenchmarkTick(b *testing.B) {
	s := newScript(b, journal.Limits{})
	s.open(1, "192.0.2.10:51234").greet(1, "many/1", "www.example.org")
	for range 50_000 {
		s.talk(1, 1, 100, 200)
	}
	x := newScreen(b, s, 200, 50)
	for b.Loop() {
		x.m.stale = true
		x.tick()
	}
}
