package report_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"anytls-inspect/capture/report"
)

// TestPairs: which scenarios belong together, and what each pair comes to by them alone.
func TestPairs(t *testing.T) {
	scenarios := paired()
	scenarios = append(scenarios, passed(), report.Scenario{Kind: report.Ping, Server: goPeer()}, silent(),
		report.Scenario{Kind: report.Live, Server: report.Peer{Name: "a:1, b:2"}, Client: goPeer()},
		report.Scenario{Kind: report.Live, Server: goPeer(), Client: goPeer(), Routes: []report.Route{{}, {}}},
		scenarios[0])
	var got []string
	r := report.Combine(meta(), scenarios...)
	for _, p := range r.Pairs() {
		got = append(got, fmt.Sprintf("%s, %s: %v %s %t", &p.Server, &p.Client, p.Scenarios, p.Verdict, p.NotRun))
	}
	want := []string{
		"anytls-rs 0.5.4, anytls-rs 0.5.4: [1 2 3 18] fully-compatible false",
		"anytls-rs 0.5.4, own-client 2: [4 5 6] partly-compatible false",
		"sing-box 1.13.5, anytls-rs 0.5.4: [7 8 9] not-compatible false",
		"sing-box 1.13.5, own-client 2: [10 11 12] undecided true",
		"anytls-rs 0.5.4, sing-box v1.13.5: [13] fully-compatible false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("pairs:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestPartsReferToTheWhole: what is said of a pair has the numbers of the report.
func TestPartsReferToTheWhole(t *testing.T) {
	parts := between(guided(), goPeer(), rustPeer())
	parts[1].Failure, parts[2].Failure = "the server ended", "the client ended"
	never := []report.Scenario{notRun(), notRun()}
	whole := report.Combine(meta(), append(slices.Concat(paired()[:3], parts, never), silent())...)
	pairs := whole.Pairs()
	for i, says := range map[int][]string{
		1: {"no. 5: it could not be run to its end: the server ended", "no. 6: it could not be run"},
		2: {"Scenarios that could not be run: nos. 7, 8"},
	} {
		for _, part := range says {
			if why := pairs[i].Reason(report.English); !strings.Contains(why, part) {
				t.Errorf("pair %d: %q is not in %q", i, part, why)
			}
		}
	}
	part := whole.Part([]int{5, 6})
	if of := part.Problems()[0].Scenarios; !slices.Equal(of, []int{5, 6}) {
		t.Errorf("the problem is of the scenarios %v", of)
	}
	for _, item := range part.Checklist() {
		for _, e := range item.Evidence {
			if e.Scenario != 5 && e.Scenario != 6 {
				t.Errorf("%s has evidence of scenario %d", item.ID, e.Scenario)
			}
		}
	}
}

// TestPairsNotRun: what was not run, since the run was ended, is told, and stands against nobody.
func TestPairsNotRun(t *testing.T) {
	whole := append(between(guided(), rustPeer(), rustPeer()), between(leftOut(), goPeer(), rustPeer())...)
	r := report.Combine(meta(), whole...)
	if r.Verdict() != report.Undecided {
		t.Errorf("the verdict is %s: of one of the pairs nothing is known", r.Verdict())
	}
	if want := "Of 2 pairs: 1 fully compatible, 1 not run. Nothing that was measured failed"; !strings.HasPrefix(r.Reason(report.English), want) {
		t.Errorf("the reason is %q, want %q", r.Reason(report.English), want)
	}
	text := string(r.Markdown(report.English))
	for _, part := range []string{
		"| anytls-rs 0.5.4 | ✅ nos. 1–3 |\n", "| sing-box 1.13.5 | – |\n", "✅ fully compatible; – not run\n",
		"- sing-box 1.13.5 server + anytls-rs 0.5.4 client (nos. 4–6): – not run: The run was ended\n",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
	if cause, advice := r.Cause(report.English); cause+advice != "" {
		t.Errorf("the cause is %q, %q", cause, advice)
	}
	// A run that was ended before its first pair says no more than that.
	none := report.Combine(meta(), between(leftOut(), goPeer(), rustPeer())...)
	if v, why := none.Verdict(), none.Reason(report.English); v != report.Undecided || why != "The run was ended" {
		t.Errorf("%s: %q", v, why)
	}
}

// TestManyPairs: of many pairs of which the same is to be said, a line says it.
func TestManyPairs(t *testing.T) {
	r := report.Combine(meta(), quick(5)...)
	text := string(r.Markdown(report.English))
	_, matrix, _ := strings.Cut(text, "\n## Pairs\n")
	matrix, _, _ = strings.Cut(matrix, "\n## ")
	if rows := strings.Count(matrix, "\n| anytls-rs 0."); rows != 5 || strings.Count(matrix, "➖ nos. ") != 25 {
		t.Errorf("%d rows in\n%s", rows, matrix)
	}
	if lines := strings.Count(matrix, "\n- "); lines != 1 || !strings.Contains(matrix, "+ sing-box 1.4 client and 21 more (nos. 1–75): ➖ undecided: Nothing that was measured failed") {
		t.Errorf("%d lines in\n%s", lines, matrix)
	}
	if want := "Of 25 pairs: 25 undecided (nothing failed)"; r.Reasons(report.English)[0] != want {
		t.Errorf("the first reason is %q", r.Reasons(report.English)[0])
	}
}

// TestAnyPairs: each scenario of a pair is in one, with those of the same peers; a pair's verdict is
// that of its scenarios alone; the pairs are counted as they are, and a report of a single one has
// nothing of it.
func TestAnyPairs(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 60 {
		var scenarios []report.Scenario
		for range 1 + r.IntN(6) {
			s := anyScenario(r)
			if r.IntN(4) == 0 {
				s = leftOut()[0]
			}
			s.Server.Name, s.Client.Name = [...]string{"", "a", "b"}[r.IntN(3)], [...]string{"", "c", "d"}[r.IntN(3)]
			scenarios = append(scenarios, s)
		}
		all := report.Combine(meta(), scenarios...)
		pairs := all.Pairs()
		in := make(map[int]int)
		for _, p := range pairs {
			var own []report.Scenario
			for _, n := range p.Scenarios {
				s := scenarios[n-1]
				if own = append(own, s); s.Server.Name != p.Server.Name || s.Client.Name != p.Client.Name {
					t.Fatalf("scenario %d is in the pair %v, %v: %+v", n, p.Server, p.Client, s)
				}
				in[n]++
			}
			if alone := report.Combine(meta(), own...); alone.Verdict() != p.Verdict || p.NotRun && p.Verdict != report.Undecided {
				t.Fatalf("the pair is %s (%t), alone %s", p.Verdict, p.NotRun, alone.Verdict())
			}
			if all.Verdict() == report.Fully && p.Verdict != report.Fully {
				t.Fatalf("all are fully compatible, one is %s", p.Verdict)
			}
		}
		for n, s := range scenarios {
			if want := s.Kind != report.Ping && s.Server.Name+s.Client.Name != ""; in[n+1] != 1 && want || in[n+1] > 0 && !want {
				t.Fatalf("scenario %d is in %d pairs: %+v", n+1, in[n+1], s)
			}
		}
		md := string(all.Markdown(report.English))
		if several := len(pairs) > 1; strings.Contains(md, "\n## Pairs\n") != several || strings.Contains(all.Reason(report.English), "pairs: ") != several {
			t.Fatalf("of %d pairs:\n%s", len(pairs), md)
		}
		if len(pairs) > 1 {
			sum := 0
			_, counted, _ := strings.Cut(all.Reasons(report.English)[0], ": ")
			for _, number := range regexp.MustCompile(`[0-9]+`).FindAllString(counted, -1) {
				n, err := strconv.Atoi(number)
				if err != nil {
					t.Fatal(err)
				}
				sum += n
			}
			if sum != len(pairs) {
				t.Fatalf("%q counts %d of %d pairs", counted, sum, len(pairs))
			}
		}
	}
}
