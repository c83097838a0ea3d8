package report

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// hostile is a text that a peer or its log may contain.
const hostile = "| x | <script>alert(1)</script> `rm` [a](javascript:b) ![i](http://evil/i) **b** _i_ ~s~ \\ $x$ &amp; www.evil.example\n" +
	"# heading\r\n- [x] ticked\ue000\ue001\x1b[31m\x00\u202e\xff https://evil.example/\" onload=\"x"

// everywhere returns a report with the text wherever text can come from outside.
func everywhere(text string) *Report {
	traffic := &Traffic{Requests: 2, Failed: 1, Failures: []string{text}}
	s := Scenario{
		Title: text, Failure: text, Notes: []string{text, text},
		Server: Peer{text, text, text, text, true}, Client: Peer{text, text, text, text, false},
		Diagnostics: []Diagnostic{{Code: "alert", Count: 1, Text: text}, {Code: "new", Count: 1, Severity: text, Text: text}},
		Incidents: []Incident{
			{Cause: session.Code(text), Severity: text, Since: time.Unix(1, 0), Route: text, Server: text, Target: text, Effects: map[session.Code]uint64{session.Code(text): 1}, Text: text},
		},
		Direct: traffic, Relayed: traffic, Load: &Load{Traffic: *traffic},
		CPU:    []CPU{{Peer: text}, {Peer: text, Spans: make([]CPUSpan, 9)}},
		Steps:  []Step{{ID: StepDirect, Failure: text}, {ID: StepID(text), Skipped: text}, {ID: StepLogs}, {ID: StepTargets}},
		Spaced: traffic,
		UDP:    traffic, UDPDirect: traffic,
		Targets: []TargetKind{{Kind: text, Text: text}, {Kind: "ipv4", Text: text, OK: true}},
		Idle:    &Idle{Traffic: *traffic},
		Logs: []Log{
			{Peer: text, Item: text, Line: text, Count: 1},
			{Peer: "server", Item: "trouble", Line: text, Count: 1},
			{Peer: "client", Item: "sent", Line: text, Count: 1, Of: 1},
			{Peer: "client", Item: "received", Error: text},
		},
		Habits: []Habit{
			{Peer: "server", English: text, Chinese: text, Codes: []string{"alert", text}},
			{Peer: "client", English: text, Codes: []string{"auth-split"}},
			{Peer: "client", English: "2" + text},
			{Peer: text, English: text},
		},
		Evidence: &journal.EvidenceFigures{Unseen: []journal.UnseenFigures{{Dir: text, Reason: text}}},
	}
	pair := s
	pair.Kind, pair.Title = Pair, ""
	odd := s
	odd.Kind, odd.Title = Kind(text), ""
	none := s
	none.Steps = nil
	none.Server.Name, none.Habits = "2"+text, s.Habits[1:] // another pair
	none.Evidence, none.Direct, none.Relayed, none.Load = nil, nil, nil, nil
	none.Outcomes, none.Incidents = &journal.Outcomes{Rejected: 1}, nil
	none.Diagnostics = []Diagnostic{{Code: "alert", Count: 1, Text: text}, {Code: "auth-split", Count: 1, Overruled: 1, Text: text}}
	return Combine(Meta{Title: text, Tool: text, Tester: text}, s, pair, odd, none)
}

func TestHostileText(t *testing.T) {
	r := everywhere(hostile)
	plain := everywhere("plain")
	for _, lang := range langs {
		t.Run("md", func(t *testing.T) {
			text, want := string(r.Markdown(lang)), string(plain.Markdown(lang))
			refuse(t, text, "<script", "**b**", "https://", "http://", " www.evil", "\n# heading", "\n- [x] ticked", "`rm`")
			if link := regexp.MustCompile(`[^\\]\]\(`).FindString(text); link != "" {
				t.Errorf("a link stands in it: %q", link)
			}
			// The report has the lines of the form, and each row of a table has as
			// many cells.
			got, form := strings.Split(text, "\n"), strings.Split(want, "\n")
			if len(got) != len(form) {
				t.Errorf("%d lines, want %d", len(got), len(form))
			}
			bar := regexp.MustCompile(`(^|[^\\])(\\\\)*\|`)
			for i, line := range form {
				if i < len(got) && strings.HasPrefix(line, "|") && len(bar.FindAllString(got[i], -1)) != len(bar.FindAllString(line, -1)) {
					t.Errorf("line %d has other cells: %s", i+1, got[i])
				}
			}
		})
		t.Run("html", func(t *testing.T) {
			b, err := r.HTML(lang)
			if err != nil {
				t.Fatal(err)
			}
			refuse(t, string(b), "<script", "<a", "<img", "href", `" onload`)
			want, _ := plain.HTML(lang)
			if got, form := strings.Count(string(b), "<"), strings.Count(string(want), "<"); got != form {
				t.Errorf("%d tags, want %d", got, form)
			}
		})
		t.Run("json", func(t *testing.T) {
			b, err := r.JSON(lang)
			if err != nil || !json.Valid(b) {
				t.Fatalf("not JSON (%v)", err)
			}
		})
	}
}

// refuse fails the test where text has one of these, or a control character.
func refuse(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range append(parts, "\x1b", "\x00", "\u202e", "\r") {
		if i := strings.Index(text, part); i >= 0 {
			t.Errorf("%q stands in it: %.80q", part, text[max(i-20, 0):])
		}
	}
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"plain 1.5 ms, 10.0.0.1:443": "plain 1.5 ms, 10.0.0.1:443",
		"a|b`c`\n<d>":                "a\\|b\\`c\\` &lt;d&gt;",
		"http://x":                   `http\://x`,
		"中文：好":                       "中文：好",
	} {
		if got := escape(in); got != want {
			t.Errorf("escape(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"# a": `\# a`, "1. a": `1\. a`, "12) a": `12\) a`, "- a": `\- a`, "+1": `\+1`, "a - b": "a - b"} {
		if got := escapeLine(in); got != want {
			t.Errorf("escapeLine(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCleanIsShort(t *testing.T) {
	if got := clean(strings.Repeat("长", 10_000)); len([]rune(got)) != maxText+1 {
		t.Errorf("%d runes are left", len([]rune(got)))
	}
	if got := clean("a\u034fb\u3164c\ufe0f\u2800"); got != `a\u034fb\u3164c\ufe0f\u2800` {
		t.Errorf("what does not show becomes %q", got)
	}
	if got := clean(`already \x1b printable`); got != `already \x1b printable` {
		t.Errorf("text that is printable already became %q", got)
	}
}

// Series may be read from a file that anybody wrote.
func TestHostileSeries(t *testing.T) {
	const huge = session.Millis(1<<63 - 1)
	for _, s := range []*Series{
		{},
		{Points: []Point{{}}},
		{Points: []Point{{Lost: 1}}},
		{Points: []Point{{Answered: 1}, {Answered: 1}}},
		{Points: []Point{{At: huge, Answered: 1, Min: huge, Avg: huge, Max: huge}, {At: -huge, Answered: 1 << 63, Min: -huge}}},
		{Points: []Point{{At: -huge, Answered: 1<<64 - 1, Avg: huge}, {At: huge, Answered: 1<<64 - 1, Max: 1}}},
		{Start: time.Time{}, Step: -1, Points: make([]Point, 100_000)},
	} {
		c := chart{series: s, lang: English}
		p := c.Plot()
		if strings.Contains(p.Ranges+p.Means+p.Lost, "NaN") || len(p.X) > 20 || len(p.Y) > 30 {
			t.Errorf("plot of %.100v: %.200v", s, p)
		}
		if n := len([]rune(c.blocks())); n > 60 {
			t.Errorf("%d blocks", n)
		}
		if c.Legend() == "" {
			t.Error("no legend")
		}
	}
}
