package report

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// TestHostileGuide: a report that anybody wrote may say anything of a run of the guide, and any
// amount of it. It is shown all the same, in bounds.
func TestHostileGuide(t *testing.T) {
	const most, much = "18446744073709551615", "1e300"
	traffic := func(requests, failed string) string {
		return fmt.Sprintf(`{"requests":%s,"failed":%s,"bytes_compared":%s}`, requests, failed, most)
	}
	span := func(cpu, wall string) string { return fmt.Sprintf(`{"cpu_ms":%s,"wall_ms":%s}`, cpu, wall) }
	many := func(one string, n int) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
	const lots = 8_000
	for name, fields := range map[string]string{
		"huge": `"spaced":` + traffic(most, most) + `,"udp":` + traffic("0", most) + `,"udp_direct":` + traffic(most, most) + `,"relayed":` + traffic(most, "0") + `,"idle":{"waited_ms":` + much +
			`,"requests":1,"failed":` + most + `,"sessions":` + most + `,"closed":` + most + `}`,
		"negative": `"duration_ms":-` + much + `,"steps":[{"step":"both","took_ms":-` + much + `}],"targets":[{"kind":"slow","took_ms":-` + much + `}],"idle":{"waited_ms":-5,"requests":2}`,
		"spans": `"steps":[{"step":"cpu"}],"cpu":[{"interval_ms":1000,"with":` + span(much, "1") + `,"spans":[` +
			many(`{"with":`+span(much, "0.001")+`,"without":`+span("-"+much, much)+`}`, 9) + `,{"with":` + span("1", "0") + `}]}]`,
		"many steps":     `"failure":"it broke","steps":[` + many(`{"step":"logs","skipped":"x"}`, lots) + `]`,
		"many skipped":   `"steps":[` + many(`{"step":"logs","skipped":"x"}`, lots) + `]`,
		"many failures":  `"steps":[` + many(`{"step":"direct","failure":"x"}`, lots) + `]`,
		"many targets":   `"steps":[` + many(`{"step":"targets"}`, lots) + `],"targets":[` + many(`{"kind":"?"}`, lots) + `]`,
		"many logs":      `"steps":[` + many(`{"step":"logs"}`, lots) + `],"logs":[` + many(`{"peer":"server","item":"trouble","count":1}`, lots) + `]`,
		"many spans":     `"cpu":[{"interval_ms":1,"spans":[` + many(`{"with":`+span("1", "1")+`,"without":`+span("1", "1")+`}`, lots) + `]}]`,
		"many habits":    `"server":{"name":"s","untried":true},"failure":"it broke","habits":[` + many(`{"peer":"server","en":"`+strings.Repeat("x", 999)+`"},{"peer":"client","en":"y","codes":["scenario-not-run"]}`, lots/20) + `]`,
		"many codes":     `"server":{"name":"s"},"failure":"it broke","habits":[{"peer":"server","en":"x","codes":[` + many(`"scenario-not-run"`, lots) + `]}]`,
		"unknown things": `"kind":"?","steps":[{"step":"?"},{"step":""}],"targets":[{}],"logs":[{}],"idle":{},"udp":{},"udp_direct":{},"spaced":{}`,
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Read(strings.NewReader(`{"scenarios":[{` + fields + `},{"kind":"pair"}]}`))
			if err != nil {
				t.Fatal(err)
			}
			for _, lang := range langs {
				page, err := r.HTML(lang)
				if err != nil {
					t.Fatal(err)
				}
				junit, err := r.JUnit(lang)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := r.JSON(lang); err != nil {
					t.Fatal(err)
				}
				for _, text := range []string{string(r.Markdown(lang)), string(page), string(junit)} {
					if strings.Contains(text, "NaN") || strings.Contains(text, "Inf ") || len(text) > 200_000 {
						t.Errorf("in %s: %d bytes, or what is no number: %.300s", lang, len(text), text)
					}
				}
			}
		})
	}
}

// TestHostilePairs: a report may be of any number of pairs. Its table is bounded, and says so, and
// names that differ in what is not shown are names all the same.
func TestHostilePairs(t *testing.T) {
	const lots = 120
	var r Report
	for i := range lots {
		r.Scenarios = append(r.Scenarios, Scenario{
			Kind: Pair, Server: Peer{Name: fmt.Sprintf("s%d", i)}, Client: Peer{Name: fmt.Sprintf("c%d\x1b|", i)}, Failure: fmt.Sprintf("it broke %d", i),
			Habits: []Habit{{Peer: "server", English: "odd", Codes: []string{CodeNotRun}}},
		})
	}
	long := strings.Repeat("x", 2*maxText)
	for i := range 2 {
		r.Scenarios = append(r.Scenarios, Scenario{Kind: Pair, Server: Peer{Name: long + strconv.Itoa(i)}})
	}
	if n := len(r.Pairs()); n != lots+2 {
		t.Fatalf("%d pairs", n)
	}
	for _, lang := range langs {
		m := r.matrix(lang)
		if len(m.Rows) != maxEnds || len(m.Head) != maxEnds+1 || m.Note == "" || len(m.Lines) != lots+1 {
			t.Errorf("%d rows, %d columns, %d lines, %q", len(m.Rows), len(m.Head), len(m.Lines), m.Note)
		}
		text := string(r.Markdown(lang))
		if page, err := r.HTML(lang); err != nil || len(page)+len(text) > 4000*lots {
			t.Errorf("%d and %d bytes, %v", len(page), len(text), err)
		}
		refuse(t, text)
	}
}
