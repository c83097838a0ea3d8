package report_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture/report"
)

// headings returns what stands above the sections of a report's scenarios.
func headings(r *report.Report, l report.Lang) []string {
	var list []string
	for _, line := range strings.Split(string(r.Markdown(l)), "\n") {
		if name, ok := strings.CutPrefix(line, "## "); ok {
			list = append(list, name)
		}
	}
	if len(r.Scenarios) > 1 { // behind the overview
		at := slices.IndexFunc(list, func(name string) bool { return name == "Overview" || name == "总览" })
		list = list[at+1:]
	}
	return list[:len(r.Scenarios)]
}

// TestHeadings: a scenario is headed by its peers' names, and by the guide's number where it is
// one of the guide's.
func TestHeadings(t *testing.T) {
	server, client := report.Peer{Name: "anytls-rs", Version: "0.5.4"}, report.Peer{Name: "sing-box"}
	for _, tc := range []struct {
		report.Scenario
		english, chinese string
	}{
		{report.Scenario{Kind: report.RustServerGoClient, Server: server, Client: client}, "Guide scenario 1: anytls-rs 0.5.4 server + sing-box client", "场景 1：anytls-rs 0.5.4 服务器 + sing-box 客户端"},
		{report.Scenario{Kind: report.RustServerGoClient}, "Guide scenario 1 (Rust server + Go client)", "场景 1 (Rust 服务器 + Go 客户端)"},
		{report.Scenario{Kind: report.GoServerRustClient, Server: server, Client: client, Title: "under load"}, "Guide scenario 2: anytls-rs 0.5.4 server + sing-box client, under load", "场景 2：anytls-rs 0.5.4 服务器 + sing-box 客户端，under load"},
		{report.Scenario{Kind: report.BothDirections, Server: server, Client: client}, "Guide scenario 3 (heartbeats in both directions): anytls-rs 0.5.4 server + sing-box client", "场景 3 (双向心跳)：anytls-rs 0.5.4 服务器 + sing-box 客户端"},
		{report.Scenario{Kind: report.Pair, Server: server, Client: client}, "anytls-rs 0.5.4 server + sing-box client", "anytls-rs 0.5.4 服务器 + sing-box 客户端"},
		{report.Scenario{Kind: report.Pair, Client: client, Title: "UDP"}, "sing-box client, UDP", "sing-box 客户端，UDP"},
		{report.Scenario{Kind: report.Pair}, "A pair of peers", "一对实现"},
		{report.Scenario{Kind: report.Live, Server: report.Peer{Name: "127.0.0.1:1, 127.0.0.1:2"}, Client: client}, "Live, through the relay: 127.0.0.1:1 … server + sing-box client", "实时中继：127.0.0.1:1 … 服务器 + sing-box 客户端"},
		{report.Scenario{Kind: report.Live, Server: report.Peer{Name: "127.0.0.1:1 (like a, b or c)"}, Client: report.Peer{Name: "x (odd)"}}, "Live, through the relay: 127.0.0.1:1 server + x (odd) client", "实时中继：127.0.0.1:1 服务器 + x (odd) 客户端"},
		{report.Scenario{Kind: report.Live, Server: report.Peer{Name: "127.0.0.1:1 (like a, b or c), 127.0.0.1:2"}, Client: report.Peer{Name: "x (odd), y"}}, "Live, through the relay: 127.0.0.1:1 … server + x (odd) … client", "实时中继：127.0.0.1:1 … 服务器 + x (odd) … 客户端"},
		{report.Scenario{Kind: report.Live, Server: report.Peer{Name: "h:1 (looks like a or b)"}, Client: report.Peer{Name: "odd ) ( name, or two"}}, "Live, through the relay: h:1 (looks like a or b) server + odd ) client", "实时中继：h:1 (疑似 a 或 b) 服务器 + odd ) 客户端"},
		{report.Scenario{Kind: report.Live}, "Live, through the relay", "实时中继"},
		{report.Scenario{Kind: report.Replayed, Server: report.Peer{Name: "[::1]:443"}}, `A recording, replayed: \[::1\]:443 server`, `抓包回放：\[::1\]:443 服务器`},
		{report.Scenario{Kind: report.Ping, Server: report.Peer{Name: "127.0.0.1:1"}, Client: client}, "Ping: 127.0.0.1:1 server", "ping 探测：127.0.0.1:1 服务器"},
		{report.Scenario{Kind: report.Demo, Server: server, Title: "seed 2"}, "Demo: anytls-rs 0.5.4 server, seed 2", "演示：anytls-rs 0.5.4 服务器，seed 2"},
		{report.Scenario{Title: "seven streams", Server: server}, "seven streams: anytls-rs 0.5.4 server", "seven streams：anytls-rs 0.5.4 服务器"},
		{report.Scenario{Kind: "new", Title: " \t "}, "new", "new"},
		{report.Scenario{Title: " \t "}, "Scenario", "场景"},
	} {
		for lang, want := range map[report.Lang]string{report.English: tc.english, report.Chinese: tc.chinese} {
			if got := headings(report.Combine(meta(), tc.Scenario), lang); got[0] != want {
				t.Errorf("alone: %q, want %q", got[0], want)
			}
			several := fmt.Sprintf("2. %s", want)
			if want == "Scenario" || want == "场景" {
				several = map[report.Lang]string{report.English: "No. 2", report.Chinese: "编号 2"}[lang]
			}
			if got := headings(report.Combine(meta(), passed(), tc.Scenario), lang); got[1] != several {
				t.Errorf("of two: %q, want %q", got[1], several)
			}
		}
	}
}

// TestNumbersAreTheReports: a report may have a scenario of the guide's several times, in any
// order. What refers to scenarios has the numbers of the overview's rows, and never the guide's
// word for its own.
func TestNumbersAreTheReports(t *testing.T) {
	third, second := passed(), failsAlone()
	r := report.Combine(meta(), third, second, notRun(), lossy(), second)
	for lang, want := range map[report.Lang]struct {
		headings []string // beginnings
		said     []string
		guides   string
	}{
		report.English: {
			[]string{"1. Guide scenario 3 (", "2. Guide scenario 2: ", "3. anytls ", "4. Guide scenario 1: ", "5. Guide scenario 2: "},
			[]string{"| 5 | Guide scenario 2 (Go server + Rust client) |", " nos. 2, 5: the preamble came", "could not be run: no. 3", "\n  - no. 4: injected: 58 of 60", "not measured: nos. 2, 3, 5\n", "| 2, 5 |"},
			"uide scenario",
		},
		report.Chinese: {
			[]string{"1. 场景 3 (", "2. 场景 2：", "3. anytls ", "4. 场景 1：", "5. 场景 2："},
			[]string{"| 5 | 场景 2 (Go 服务器 + Rust 客户端) |", "。编号 2, 5：", "无法运行的场景：编号 3", "\n  - 编号 4：注入", "未测量：编号 2, 3, 5\n", "| 2, 5 |"},
			"场景 ",
		},
	} {
		got := headings(r, lang)
		if !slices.EqualFunc(got, want.headings, strings.HasPrefix) {
			t.Errorf("headings %q, want %q", got, want.headings)
		}
		text := string(r.Markdown(lang))
		for _, part := range want.said {
			if !strings.Contains(text, part) {
				t.Errorf("%s: %q is not in it:\n%s", lang, part, text)
			}
		}
		// Only headings and the overview name the guide's scenarios.
		if n, most := strings.Count(text, want.guides), 2*4; n != most {
			t.Errorf("%s: the guide's scenarios are named %d times, want %d", lang, n, most)
		}
	}
}

// TestNumbersInJSON: JSON has both numbers.
func TestNumbersInJSON(t *testing.T) {
	text, err := report.Combine(meta(), passed(), notRun()).JSON(report.English)
	if err != nil {
		t.Fatal(err)
	}
	for part, times := range map[string]int{`"number": 1`: 1, `"number": 2`: 1, `"guide_scenario": 3`: 1, `"guide_scenario"`: 1} {
		if n := bytes.Count(text, []byte(part)); n != times {
			t.Errorf("%s stands %d times, want %d, in %s", part, n, times, text)
		}
	}
}

// TestTitleAndTester: a report's heading is the title given, else the guide's; who ran it is left
// to be filled in where nobody is named.
func TestTitleAndTester(t *testing.T) {
	for _, tc := range []struct {
		title, tester string
		want          string
	}{
		{"", "", "# Heartbeat interop test report\n\n- **Date**: 2026-01-02 12:00 UTC\n- **Tester**:\n"},
		{"Nightly <2>", "lab & 实验室", "# Nightly &lt;2&gt;\n\n- **Date**: 2026-01-02 12:00 UTC\n- **Tester**: lab &amp; 实验室\n"},
		{" \n ", " \t", "# Heartbeat interop test report\n\n- **Date**: 2026-01-02 12:00 UTC\n- **Tester**:\n"},
		{"a\nb", "c\x1b[31m", "# a b\n\n- **Date**: 2026-01-02 12:00 UTC\n- **Tester**: c\\\\x1b\\[31m\n"},
	} {
		m := meta()
		m.Title, m.Tester = tc.title, tc.tester
		r := report.Combine(m, silent())
		if got := string(r.Markdown(report.English)); !strings.HasPrefix(got, tc.want) {
			t.Errorf("begins with %q, want %q", got[:min(len(got), len(tc.want))], tc.want)
		}
		if again := readAgain(t, r); again.Meta != m {
			t.Errorf("read again: %+v, want %+v", again.Meta, m)
		}
	}
	m := meta()
	m.Title = "Nightly"
	page, err := report.Combine(m, silent()).HTML(report.Chinese)
	if err != nil || !bytes.Contains(page, []byte("<title>Nightly</title>")) || !bytes.Contains(page, []byte("<h1>Nightly</h1>")) {
		t.Errorf("the page is not called so: %v\n%s", err, page)
	}
}
