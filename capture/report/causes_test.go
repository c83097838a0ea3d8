package report_test

import (
	"strings"
	"testing"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// TestEachReasonIsSaid: scenarios of a pair whose worst errors have one code share a reason only where they
// failed for the same all the same.
func TestEachReasonIsSaid(t *testing.T) {
	dead := func(text string, change func(*report.Scenario)) report.Scenario {
		s := passed()
		s.Steps = steps(report.StepBoth)
		incident(&s, session.CodePathDead, 1, text)
		if change != nil {
			change(&s)
		}
		return s
	}
	one := dead("nothing has come from the server for 5s: the path to it is dead", nil)
	for name, tt := range map[string]struct {
		other report.Scenario
		both  bool // each has a reason of its own
		says  string
	}{
		"other figures":  {dead("nothing came from the server for 8.5s: the path to it was dead", nil), false, "Nothing has come from the server for 5s"},
		"the other peer": {dead("nothing has come from the client for 5s: the path to it is dead", nil), true, "nothing has come from the client for 5s"},
		"an end is gone": {
			dead("nothing has come from the server for 5s: the path to it is dead", func(s *report.Scenario) { s.Failure = "the client ended by itself (exit code 3)" }),
			true, "it could not be run to its end: the client ended by itself (exit code 3)",
		},
		"requests failed": {
			dead("nothing has come from the server for 5s: the path to it is dead", func(s *report.Scenario) { s.Relayed = &report.Traffic{Requests: 10, Failed: 3} }),
			true, "3 of 10 requests failed through the relay",
		},
	} {
		t.Run(name, func(t *testing.T) {
			why := report.Combine(meta(), one, tt.other).Reason(report.English)
			if !strings.Contains(why, tt.says) || strings.HasPrefix(why, "no. 1: ") != tt.both || strings.Contains(why, "no. 2: ") != tt.both {
				t.Errorf("the reason is %s; want …%s…", why, tt.says)
			}
		})
	}
}

// TestFrontAdvice: the advice in front is about what is said in front, and about no other problem.
func TestFrontAdvice(t *testing.T) {
	slow := slowRun(nil, nil)
	warned(&slow, session.CodeSessionChurn, "20 sessions in a row had one stream")
	for name, tt := range map[string]struct {
		scenario report.Scenario
		advice   string // in front; empty: there is none
	}{
		"beside what the tool could not write": {rejected(), "Compare the client's password with the server's"},
		"an item, beside a warning":            {slow, ""},
		"it was not run":                       {missing()[0], "Name the program by its path"},
		"nothing failed":                       {passed(), ""},
	} {
		t.Run(name, func(t *testing.T) {
			head, _, _ := strings.Cut(string(report.Combine(meta(), tt.scenario).Markdown(report.English)), "\n## ")
			_, advice, has := strings.Cut(head, "**Advice**: ")
			if has != (tt.advice != "") || !strings.HasPrefix(advice, tt.advice) {
				t.Errorf("in front is %s; want the advice %q", head, tt.advice)
			}
		})
	}
}

// TestUndecidedFront: where nothing failed, it stands in front what is not known.
func TestUndecidedFront(t *testing.T) {
	const says = "**Interoperability**: ➖ undecided. Nothing that was measured failed. Not measured: "
	head, _, _ := strings.Cut(string(report.Combine(meta(), partly()).Markdown(report.English)), "\n## ")
	if !strings.Contains(head, says) {
		t.Errorf("in front is %s; want …%s…", head, says)
	}
}

// TestNotRunAdvice: what to do about a pair that could not be run follows from why, and not from what its
// programs wrote.
func TestNotRunAdvice(t *testing.T) {
	const byPath, listen, other = "Name the program by its path", "Look at what the program wrote", "find out why it can't be run"
	for failure, want := range map[string]string{
		"server: my-server is not found: executable file not found in $PATH":                                                                byPath,
		"my-server can't be run: what runs it, an interpreter or a loader, is not found: file does not exist":                               other,
		"the server ended before it listened at 127.0.0.1:1 (exit code 1), and wrote last: “settings.json is not found”":                    listen,
		"the client does not listen at 127.0.0.1:1 after 10s; it wrote nothing":                                                             listen,
		"the server ended by itself (exit code 1), and wrote last: “proxy does not listen at :1”, “it ended before it listened at :1, too”": other,
	} {
		parts := missing()
		parts[0].Failure = failure
		if _, advice := report.Combine(meta(), parts...).Cause(report.English); !strings.Contains(advice, want) {
			t.Errorf("%s: the advice is %s; want …%s…", failure, advice, want)
		}
	}
}
