package report_test

import (
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// TestRoutes: a report names the routes, where there were several, in each form and
// language; where there was one, it has none.
func TestRoutes(t *testing.T) {
	j := journal.New(journal.Limits{}, session.Config{})
	for _, name := range []string{"us", "eu<b>"} {
		j.Record(&capture.Event{Kind: capture.Listening, At: noon, Route: name, Client: "127.0.0.1:1", Server: name + ".example:443"})
	}
	for id := range capture.SessionID(3) {
		j.Record(&capture.Event{Kind: capture.Opened, Session: id + 1, At: noon, Route: "us"})
	}
	r := report.Combine(meta(), report.Measure(j, nil, report.Scenario{Kind: report.Live}))
	want := []report.Route{
		{Name: "us", Listen: "127.0.0.1:1", Server: "us.example:443", Sessions: 3},
		{Name: "eu<b>", Listen: "127.0.0.1:1", Server: "eu<b>.example:443"},
	}
	if got := r.Scenarios[0].Routes; !slices.Equal(got, want) {
		t.Errorf("the routes are %+v, want %+v", got, want)
	}
	for lang, texts := range map[report.Lang][2]string{
		report.English: {
			"### Routes\n\n| route | listens on | server | sessions |\n|---|---|---|---|\n| us | 127.0.0.1:1 | us.example:443 | 3 |\n| eu&lt;b&gt; |",
			"<tr><td>eu&lt;b&gt;</td><td>127.0.0.1:1</td><td>eu&lt;b&gt;.example:443</td><td class=\"number\">0</td></tr>",
		},
		report.Chinese: {"### 路由\n\n| 路由 | 监听地址 | 服务器 | 会话数 |", "<th>路由</th><th>监听地址</th><th>服务器</th><th class=\"number\">会话数</th>"},
	} {
		html, err := r.HTML(lang)
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range []string{string(r.Markdown(lang)), string(html)} {
			if !strings.Contains(text, texts[i]) {
				t.Errorf("%s: the report lacks %q:\n%s", lang, texts[i], text)
			}
		}
	}
	if again := readAgain(t, r); !slices.Equal(again.Scenarios[0].Routes, want) {
		t.Errorf("read again: %+v", again.Scenarios[0].Routes)
	}

	one := newSource(t, journal.Limits{})
	if s := report.Measure(one.j, nil, report.Scenario{}); s.Routes != nil {
		t.Errorf("one route: %+v", s.Routes)
	}
}
