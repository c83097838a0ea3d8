package report_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// partly returns a scenario in which all passed that was seen, and not all was.
func partly() report.Scenario {
	s := passed()
	s.Evidence = &journal.EvidenceFigures{
		Sessions: 3,
		Gaps:     &journal.GapFigures{Up: &journal.GapCounts{Count: 2, Bytes: 1414}, Down: &journal.GapCounts{Count: 3, Bytes: 1, Unknown: 2}},
		Unseen: []journal.UnseenFigures{
			{Dir: "s2c", Reason: "no key for it", Sessions: 2}, {Dir: "c2s", Sessions: 1},
		},
		Within: ms(3), Uncertain: 1,
	}
	return s
}

// gap returns a scenario of which only some bytes are missing.
func gap(s report.Scenario) report.Scenario {
	s.Evidence = &journal.EvidenceFigures{Sessions: 1, Gaps: &journal.GapFigures{Down: &journal.GapCounts{Count: 1, Bytes: 99}}}
	return s
}

// TestNothingPassesUnseen: what rests on sessions passes only where all of them was seen, and
// says what was not; what failed on what was seen stays failed, and what the run did itself
// stays as it is.
func TestNothingPassesUnseen(t *testing.T) {
	whole, part := report.Combine(meta(), passed()), report.Combine(meta(), gap(passed()))
	if whole.Verdict() != report.Fully || part.Verdict() != report.Undecided {
		t.Errorf("verdicts: %s of a whole capture, %s of a part of it", whole.Verdict(), part.Verdict())
	}
	if s := gap(passed()); s.Result() != report.NotMeasured {
		t.Errorf("a scenario that was partly seen: %s", s.Result())
	}
	own := []string{"relay-changes-nothing", "throughput-unaffected", "cpu-overhead"}
	for _, i := range whole.Checklist() {
		got, want := item(part, i.ID), report.NotMeasured
		if slices.Contains(own, i.ID) {
			want = i.Status
		}
		if got.Status != want {
			t.Errorf("%s: %s, want %s", i.ID, got.Status, want)
		}
		const why = "; not all was seen"
		if says := got.Evidence[0].Text(report.English); i.Status == report.Passed && want == report.NotMeasured && !strings.HasSuffix(says, why) {
			t.Errorf("%s does not say why it is not measured: %q", i.ID, says)
		}
	}
	// That none was seen is not that none was sent.
	none := report.Scenario{Kind: report.Replayed, Sessions: 1, Frames: 5}
	for _, id := range []string{"server-answers", "client-answers", "repeated-heartbeats"} {
		const why = "no HeartRequest was seen; not all was seen"
		got := item(report.Combine(meta(), gap(none)), id)
		if says := got.Evidence[0].Text(report.English); got.Status != report.NotMeasured || says != why {
			t.Errorf("%s: %s by %q, want %q", id, got.Status, says, why)
		}
	}
	md := string(report.Combine(meta(), gap(none)).Markdown(report.English))
	if !strings.Contains(md, "\n- **Heartbeats sent**: at least 0 (") {
		t.Errorf("heartbeats that were not seen don't count:\n%s", md)
	}
	if n := strings.Count(md, "1 gap, 99 bytes of the server's direction"); n != 1 {
		t.Errorf("what was not seen is told %d times, want once, above all that rests on it:\n%s", n, md)
	}
	if !strings.Contains(md, "no errors or warnings”: capture both directions whole") {
		t.Errorf("it does not say how to see all:\n%s", md)
	}
	failed, seen := report.Combine(meta(), gap(lossy())), report.Combine(meta(), lossy())
	for _, i := range seen.Checklist() {
		if got := item(failed, i.ID); i.Status == report.Failed && got.Status != report.Failed {
			t.Errorf("%s: %s, though it failed on what was seen", i.ID, got.Status)
		}
	}
	// That a peer answers nothing is seen only where its direction is.
	mute := report.Scenario{Kind: report.Replayed, Sessions: 1, Frames: 5, Heartbeats: report.Heartbeats{
		TowardServer: toward(session.Figures{Sent: 3, Unsupported: 3}),
	}}
	for _, tt := range []struct {
		s    report.Scenario
		want report.Status
	}{{mute, report.Failed}, {gap(mute), report.NotMeasured}} {
		if got := item(report.Combine(meta(), tt.s), "server-answers").Status; got != tt.want || tt.s.Result() != tt.want {
			t.Errorf("a server that answers nothing: %s, the scenario %s, want %s", got, tt.s.Result(), tt.want)
		}
	}
}

// TestTimesThatMayBeOff: a round-trip is long or short only where it is by more than times may
// be off; nothing else rests on times.
func TestTimesThatMayBeOff(t *testing.T) {
	for _, tt := range []struct {
		within, longest float64
		want            report.Status
	}{{0, 99, report.Passed}, {0, 100, report.Failed}, {3, 96, report.Passed}, {3, 97, report.NotMeasured}, {3, 102, report.NotMeasured}, {3, 103, report.Failed}} {
		s := passed()
		s.Evidence = &journal.EvidenceFigures{Sessions: 1, Within: ms(tt.within)}
		s.Heartbeats.TowardServer = toward(figures(600, 600, 0, 0, 1, tt.longest, tt.longest, tt.longest))
		r := report.Combine(meta(), s)
		if md := string(r.Markdown(report.English)); strings.Contains(md, "What was not seen") || strings.Contains(md, "How exact times are") != (tt.within > 0) {
			t.Errorf("times that may be off by %v ms are told otherwise than as that:\n%s", tt.within, md)
		}
		got := item(r, "response-under-100ms")
		says := got.Evidence[0].Text(report.English)
		if doubt := strings.Contains(says, "times may be off by 3 ms, which is too much to tell"); got.Status != tt.want || doubt != (tt.want == report.NotMeasured) {
			t.Errorf("%v ms, give or take %v: %s by %q, want %s", tt.longest, tt.within, got.Status, says, tt.want)
		}
		if got := item(r, "server-answers").Status; got != report.Passed {
			t.Errorf("an answer is an answer, whenever it came: %s", got)
		}
	}
}

// TestUnseenSection: what was not seen stands before what was, in each form and language, and
// a report of what was wholly seen has nothing of it.
func TestUnseenSection(t *testing.T) {
	titles := map[report.Lang]string{report.English: "What was not seen", report.Chinese: "未观测到的内容"}
	lines := map[report.Lang][]string{
		report.English: {
			"2 gaps, 1,414 bytes of the client's direction", "3 gaps, at least 1 byte of the server's direction",
			"the server's direction was not seen, or not to its end, in 2 sessions: no key for it",
			"the client's direction was not seen, or not to its end, in 1 session: for other reasons",
			"times between the directions may be off by 3 ms", "the order of the directions is not known in 1 session",
		},
		report.Chinese: {
			"客户端方向有 2 处缺口，缺失 1,414 字节", "服务器方向有 3 处缺口，缺失至少 1 字节",
			"2 个会话中未观测到服务器方向，或未观测到其结尾：no key for it", "1 个会话中未观测到客户端方向，或未观测到其结尾：其他原因",
			"两个方向之间的时间可能相差 3 ms", "1 个会话中两个方向的先后次序未知",
		},
	}
	for lang, title := range titles {
		for _, several := range []bool{false, true} {
			scenarios, number := []report.Scenario{partly()}, ""
			if several {
				scenarios = append([]report.Scenario{passed()}, scenarios...)
				number = map[report.Lang]string{report.English: "No. 2: ", report.Chinese: "编号 2："}[lang]
			}
			r := report.Combine(meta(), scenarios...)
			md := string(r.Markdown(lang))
			before, behind, found := strings.Cut(md, "\n## "+title+"\n")
			if !found || strings.Contains(before, "\n- **"+map[report.Lang]string{report.English: "Result", report.Chinese: "测试结果"}[lang]) {
				t.Errorf("%s: what was not seen does not stand before the scenarios:\n%s", lang, md)
			}
			for _, line := range lines[lang] {
				if !strings.Contains(behind, "\n- "+number+line+"\n") {
					t.Errorf("%s: the report lacks %q:\n%s", lang, number+line, behind)
				}
			}
			html, err := r.HTML(lang)
			if err != nil || !bytes.Contains(html, []byte("<h2>"+title+"</h2>")) {
				t.Errorf("%s: the page lacks %q: %v", lang, title, err)
			}
			text, err := r.JSON(lang)
			if err != nil {
				t.Fatal(err)
			}
			var d struct {
				NotSeen   []string `json:"not_seen"`
				Scenarios []struct {
					Evidence *journal.EvidenceFigures `json:"evidence"`
				} `json:"scenarios"`
			}
			if err := json.Unmarshal(text, &d); err != nil {
				t.Fatal(err)
			}
			if len(d.NotSeen) != len(lines[lang]) || d.NotSeen[0] != number+lines[lang][0] || d.Scenarios[len(scenarios)-1].Evidence.Uncertain != 1 {
				t.Errorf("%s: JSON says %q", lang, d.NotSeen)
			}
		}
		whole := report.Combine(meta(), passed())
		html, _ := whole.HTML(lang)
		text, _ := whole.JSON(lang)
		for _, form := range [][]byte{whole.Markdown(lang), html, text} {
			if bytes.Contains(form, []byte(title)) || bytes.Contains(form, []byte("not_seen")) || bytes.Contains(form, []byte("evidence\": {")) {
				t.Errorf("%s: a report of what was wholly seen says what was not:\n%s", lang, form)
			}
		}
	}
}

// TestEachDirectionUnseen: where the directions are not seen for one reason, that is told once
// for both.
func TestEachDirectionUnseen(t *testing.T) {
	s := passed()
	s.Evidence = &journal.EvidenceFigures{Sessions: 2, Unseen: []journal.UnseenFigures{
		{Dir: "c2s", Reason: "no key for it", Sessions: 2}, {Dir: "s2c", Reason: "no key for it", Sessions: 2}, {Dir: "s2c", Reason: "no packets", Sessions: 2},
	}}
	md := string(report.Combine(meta(), s).Markdown(report.English))
	_, said, _ := strings.Cut(md, "\n## What was not seen\n\n")
	said, _, _ = strings.Cut(said, "\n\n")
	const want = "- neither direction was seen, or not to its end, in 2 sessions: no key for it\n" +
		"- the server's direction was not seen, or not to its end, in 2 sessions: no packets"
	if said != want {
		t.Errorf("it is told\n%s\nwant\n%s", said, want)
	}
}

// TestMeasureEvidence: a scenario gets what the journal knows of what was not seen, and the
// summary of the command line has the same form.
func TestMeasureEvidence(t *testing.T) {
	src := newSource(t, journal.Limits{})
	if s := report.Measure(src.j, nil, report.Scenario{}); s.Evidence != nil {
		t.Errorf("all was seen, but %+v", s.Evidence)
	}
	src.event(capture.Event{Kind: capture.Gap, Dir: protocol.ClientToServer, Missing: 1414})
	src.event(capture.Event{Kind: capture.Unseen, Dir: protocol.ServerToClient, Why: "no key for it"})
	src.event(capture.Event{Kind: capture.Order, Within: 2 * time.Millisecond, Uncertain: true})
	src.close()
	s := report.Measure(src.j, nil, report.Scenario{Kind: report.Replayed})
	got, err := json.Marshal(s.Evidence)
	const want = `{"sessions":1,"gaps":{"c2s":{"count":1,"bytes":1414}},"unseen":[{"dir":"s2c","reason":"no key for it","sessions":1}],"within_ms":2,"uncertain_sessions":1}`
	if err != nil || string(got) != want {
		t.Errorf("measured: %s, %v; want %s", got, err, want)
	}
}
