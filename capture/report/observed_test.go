package report_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// passing returns a relay's run of ten minutes in which a client was used while heartbeats were
// injected. The run sent no requests itself.
func passing() report.Scenario {
	s := passed()
	s.Kind, s.Streams = report.Live, 63
	s.Direct, s.Relayed, s.Load, s.Throughput, s.CPU, s.Notes = nil, nil, nil, nil, nil, nil
	s.Diagnostics = []report.Diagnostic{
		{Code: "synack-error", Count: 1, Text: "connection refused"},
		{Code: "auth-split", Count: 2, Text: "the preamble came in 2 records", Overruled: 2},
	}
	s.Passing = &journal.Passing{
		Streams: 63, Carried: 60, Refused: 1, Bytes: 12 << 20,
		Busy: journal.Busy{Streams: 9, Answered: 40},
	}
	s.Outcomes = &journal.Outcomes{Accepted: 3, Rejected: 1}
	return s
}

// evidence returns all that a report says of an item, in English.
func evidence(i *report.Item) string {
	var says []string
	for n := range i.Evidence {
		says = append(says, i.Evidence[n].Text(report.English))
	}
	return strings.Join(says, "\n")
}

// TestObserved: what passed through a run that sent nothing itself ticks what it shows, and
// decides nothing where it does not.
func TestObserved(t *testing.T) {
	const figures = "others' traffic: 63 streams, 60 of them with payload both ways, 1 refused, none cut off, 12.0 MiB of payload"
	tests := []struct {
		item, name string
		change     func(*report.Scenario)
		want       report.Status
		says       string
	}{
		{"proxying-unaffected", "all passed", nil, report.Observed, figures + "; heartbeats answered meanwhile: 1199"},
		{"proxying-unaffected", "nobody counted", func(s *report.Scenario) { s.Passing = nil }, report.NotMeasured, "no requests were sent by the run"},
		{"proxying-unaffected", "no streams", func(s *report.Scenario) { s.Passing = new(journal.Passing) }, report.NotMeasured, "no stream was opened by others"},
		{"proxying-unaffected", "all refused", func(s *report.Scenario) {
			s.Passing = &journal.Passing{Streams: 3, Refused: 3}
		}, report.NotMeasured, "3 refused, none cut off, 0 B of payload; no stream had payload both ways"},
		{"proxying-unaffected", "some cut off", func(s *report.Scenario) { s.Passing.Cut = 2 }, report.NotMeasured, "2 cut off, 12.0 MiB of payload; a run without heartbeats shows whether"},
		{"proxying-unaffected", "thousands", func(s *report.Scenario) {
			s.Passing = &journal.Passing{Streams: 64_000, Carried: 62_000, Refused: 2000}
		}, report.Observed, "others' traffic: 64,000 streams, 62,000 of them with payload both ways, 2,000 refused"},
		{"proxying-unaffected", "an error", func(s *report.Scenario) {
			s.Diagnostics = []report.Diagnostic{{Code: "alert", Count: 1}}
		}, report.NotMeasured, "; 1 error"},
		{"proxying-unaffected", "an error, and some cut off", func(s *report.Scenario) {
			s.Passing.Cut, s.Diagnostics = 2, []report.Diagnostic{{Code: "alert", Count: 1}}
		}, report.NotMeasured, "2 cut off, 12.0 MiB of payload; 1 error"},
		{"proxying-unaffected", "without heartbeats", func(s *report.Scenario) { s.Heartbeats = report.Heartbeats{} }, report.NotMeasured, "; no heartbeat was answered meanwhile"},
		{"proxying-unaffected", "not all seen", func(s *report.Scenario) {
			s.Evidence = &journal.EvidenceFigures{Uncertain: 1}
		}, report.NotMeasured, "; not all was seen"},
		{"proxying-unaffected", "the run's own requests failed", func(s *report.Scenario) {
			s.Relayed = &report.Traffic{Requests: 2, Failed: 1}
		}, report.Failed, "1 of 2 requests failed"},

		{"under-load", "heartbeats were answered", nil, report.Observed, "heartbeats while at least 8 streams moved bytes within a second: 40 answered, none lost"},
		{"under-load", "some lost", func(s *report.Scenario) { s.Passing.Busy.Lost = 1 }, report.Failed, "40 answered, 1 lost"},
		{"under-load", "few", func(s *report.Scenario) { s.Passing.Busy.Answered = 9 }, report.NotMeasured, "fewer than 10"},
		{"under-load", "not so many streams", func(s *report.Scenario) {
			s.Passing.Busy = journal.Busy{Streams: 7}
		}, report.NotMeasured, "while 8 streams moved bytes within a second; the most that did were 7"},
		{"under-load", "nobody counted", func(s *report.Scenario) { s.Passing = nil }, report.NotMeasured, "no requests were sent by the run"},
		{"under-load", "not all seen", func(s *report.Scenario) {
			s.Evidence = &journal.EvidenceFigures{Uncertain: 1}
		}, report.NotMeasured, "none lost; not all was seen"},

		{"ten-minutes", "by its own length", nil, report.Passed, ""},
		{"throughput-unaffected", "can't be observed", nil, report.NotMeasured, ""},
		{"cpu-overhead", "can't be observed", nil, report.NotMeasured, ""},
	}
	for _, tt := range tests {
		t.Run(tt.item+"/"+tt.name, func(t *testing.T) {
			s := passing()
			if tt.change != nil {
				tt.change(&s)
			}
			got := item(report.Combine(meta(), s), tt.item)
			if says := evidence(&got); got.Status != tt.want || !strings.Contains(says, tt.says) {
				t.Errorf("%s by %q, want %s by what says %q", got.Status, says, tt.want, tt.says)
			}
		})
	}
}

// TestObservedIsTicked: each form says that an item was observed, and Markdown ticks it.
func TestObservedIsTicked(t *testing.T) {
	r := report.Combine(meta(), passing())
	for lang, want := range map[report.Lang]string{
		report.English: "\n- [x] proxying is unaffected: 👁 observed\n",
		report.Chinese: "\n- [x] 代理功能不受影响：👁 已观察\n",
	} {
		if md := string(r.Markdown(lang)); !strings.Contains(md, want) {
			t.Errorf("%q is not in\n%s", want, md)
		}
		html, err := r.HTML(lang)
		if err != nil || !regexp.MustCompile(`<span class="[^"]*\bobserved\b[^"]*">(👁 )?(observed|已观察)<`).Match(html) {
			t.Errorf("the page in %s does not say what was observed: %v", lang, err)
		}
		text, err := r.JSON(lang)
		if err != nil || !strings.Contains(string(text), `"status": "observed"`) {
			t.Errorf("JSON in %s does not say what was observed: %v", lang, err)
		}
	}
}

// TestObservedOfSeveral: what was measured says more than what was observed, and a failure more
// than either.
func TestObservedOfSeveral(t *testing.T) {
	fails := passed()
	fails.Relayed.Failed = 1
	for _, tt := range []struct {
		name      string
		scenarios []report.Scenario
		want      report.Status
	}{
		{"observed in one", []report.Scenario{silent(), passing(), silent()}, report.Observed},
		{"then measured", []report.Scenario{passing(), passed()}, report.Passed},
		{"measured before", []report.Scenario{passed(), passing()}, report.Passed},
		{"failed before", []report.Scenario{fails, passing()}, report.Failed},
		{"then failed", []report.Scenario{passing(), fails}, report.Failed},
	} {
		got := item(report.Combine(meta(), tt.scenarios...), "proxying-unaffected")
		if got.Status != tt.want {
			t.Errorf("%s: %s by %q, want %s", tt.name, got.Status, evidence(&got), tt.want)
		}
	}
	md := string(report.Combine(meta(), silent(), passing()).Markdown(report.English))
	if want := " 2: others' traffic: 63 streams, "; !strings.Contains(md, want) {
		t.Errorf("%q is not in\n%s", want, md)
	}
}

// TestVerdictOfObserved: a run of the relay alone can show that peers are fully compatible, and
// the verdict says what of it was only observed, and what nobody measured.
func TestVerdictOfObserved(t *testing.T) {
	short, plain, old, cut := passing(), passing(), passing(), passing()
	cut.Passing.Cut = 2
	short.Duration, short.Heartbeats.Last = minutes(1), noon.Add(time.Minute)
	plain.Heartbeats = report.Heartbeats{}
	old.Heartbeats = report.Heartbeats{TowardServer: toward(session.Figures{Sent: 5, Unsupported: 5})}
	for _, tt := range []struct {
		name string
		s    report.Scenario
		want report.Verdict
		says string
	}{
		{"all that decides", passing(), report.Fully, "All that decides passed, or was observed. Only observed, in others' traffic: proxying is unaffected; heartbeats work under load. " +
			"Not measured, and not decisive: the Go client gets the Rust server's answers to its own heartbeats; no loss of throughput; less than 0.1 % CPU at a heartbeat a second"},
		{"a minute only", short, report.Undecided, "Only observed, in others' traffic: proxying is unaffected; heartbeats work under load. Not measured: ten minutes and more without trouble"},
		{"no heartbeats", plain, report.Undecided, "Nothing that was measured failed. No HeartRequest was seen. Only observed, in others' traffic: heartbeats work under load. Not measured: "},
		{"cut off", cut, report.Undecided, "Nothing that was measured failed. Streams that were cut off as their session ended: 2. Only observed, in others' traffic: heartbeats work under load. Not measured: proxying is unaffected"},
		{"version 1", old, report.Partly, "the server answers heartbeats; the Rust server answers on the Go client's sessions; ten minutes and more without trouble. No session with heartbeats showed version 2, and version 1 owes no answer"},
	} {
		r := report.Combine(meta(), tt.s)
		if got, why := r.Verdict(), r.Reason(report.English); got != tt.want || !strings.Contains(why, tt.says) {
			t.Errorf("%s: %s: %q, want %s with what says %q", tt.name, got, why, tt.want, tt.says)
		}
		for _, lang := range []report.Lang{report.English, report.Chinese} {
			if text := string(r.Markdown(lang)); strings.Contains(text, "interop/run") {
				t.Errorf("%s: the report refers to what its reader does not have:\n%s", tt.name, text)
			}
		}
	}
}

// TestAdviceOnObserved: who has used a client through the relay is not told to do so again, but
// where streams were cut off, what would show why.
func TestAdviceOnObserved(t *testing.T) {
	const use, compare = "To measure “proxying is unaffected”: use the client through the relay", "To measure “proxying is unaffected”: only the same requests"
	plain, cut := passing(), passing()
	plain.Passing, cut.Passing.Cut = nil, 1
	for _, tt := range []struct {
		name         string
		s            report.Scenario
		use, compare bool
	}{{"not used", plain, true, false}, {"used", passing(), false, false}, {"cut off", cut, false, true}} {
		all := strings.Join(report.Combine(meta(), tt.s).Advice(report.English), "\n")
		if strings.Contains(all, use) != tt.use || strings.Contains(all, compare) != tt.compare {
			t.Errorf("%s: advice\n%s", tt.name, all)
		}
	}
}
