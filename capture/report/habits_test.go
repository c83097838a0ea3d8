package report_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// TestKnownBesideProblems: what is known of a peer stands beside the problem that it may be behind,
// in each form.
func TestKnownBesideProblems(t *testing.T) {
	r := report.Combine(meta(), between(splits(), goPeer(), rustPeer())...)
	for lang, want := range map[report.Lang]struct{ known, advice string }{
		report.English: {"known of the client anytls-rs 0.5.4: it writes the preamble in three records, which Go servers refuse", ". Known of the client anytls-rs 0.5.4: it writes the preamble in three records, which Go servers refuse."},
		report.Chinese: {"客户端 anytls-rs 0.5.4 的已知特点：认证前导分三个记录写出，Go 服务器会拒绝", "。客户端 anytls-rs 0.5.4 的已知特点：认证前导分三个记录写出，Go 服务器会拒绝。"},
	} {
		var known []string
		for _, p := range r.Problems() {
			if k := p.Known(lang); k != "" {
				known = append(known, p.Code+" "+k)
			}
		}
		if !reflect.DeepEqual(known, []string{"auth-split " + want.known}) {
			t.Errorf("%s: known is %q", lang, known)
		}
		if cause, advice := r.Cause(lang); !strings.Contains(cause, "preamble came in 3 records") || !strings.HasSuffix(advice, want.advice) {
			t.Errorf("%s: the cause is %q, %q", lang, cause, advice)
		}
		text := string(r.Markdown(lang))
		_, list, _ := strings.Cut(text, "\n### "+map[report.Lang]string{report.English: "Problems", report.Chinese: "问题列表"}[lang])
		if n := strings.Count(list, "anytls-rs 0.5.4"); n != 2 || strings.Contains(text, "three records") != (lang == report.English) {
			t.Errorf("%s: told %d times, want it beside the problem and in the advice:\n%s", lang, n, text)
		}
		made, err := r.JSON(lang)
		if err != nil || strings.Count(string(made), `"known": "`+want.known) != 1 {
			t.Errorf("%s: JSON has not what is known: %v", lang, err)
		}
	}
}

// TestKnownOfNoProblem: what is behind no problem is told once for each implementation, and what is
// said beside a problem is not told again.
func TestKnownOfNoProblem(t *testing.T) {
	text := string(report.Combine(meta(), paired()...).Markdown(report.English))
	for part, times := range map[string]int{
		"\n- it writes the preamble":                                                                       0,
		"### Known of the client\n\n- it never sends FIN\n":                                                1,
		"### Known of the server\n\n- UDP over TCP":                                                        1,
		"### Known of the client\n\n- untested: started by what is known of it, and not tried regularly\n": 1,
		"- **Client**: own-client 2 (zig), untested\n":                                                     6,
		"untested": 7,
	} {
		if n := strings.Count(text, part); n != times {
			t.Errorf("%q stands %d times, want %d, in\n%s", part, n, times, text)
		}
	}
	sections := strings.Split(text, "\n## ")
	for at, part := range map[int]string{3: "never sends FIN", 6: "not tried regularly"} { // behind the pairs and the overview
		if !strings.Contains(sections[at], part) {
			t.Errorf("%q is not in the first section of its pair: %s", part, sections[at])
		}
	}
}

// TestKnownLater: what only a later scenario names of an implementation is told there, and nothing of it
// that was told before.
func TestKnownLater(t *testing.T) {
	one, other := passed(), passed()
	one.Server.Untried, other.Server.Untried = true, true
	one.Habits = []report.Habit{{Peer: "server", English: "it is odd"}}
	other.Habits = []report.Habit{{Peer: "server", English: "it is odd"}, {Peer: "server", English: "it is late"}}
	text := string(report.Combine(meta(), one, other).Markdown(report.English))
	for _, part := range []string{"and not tried regularly\n- it is odd\n", "### Known of the server\n\n- it is late\n"} {
		if strings.Count(text, part) != 1 {
			t.Errorf("%q does not stand once in\n%s", part, text)
		}
	}
}

// TestKnownOfWhat: where a pair fails of something else, too, the line of the pair says what it is that
// the habit may be behind.
func TestKnownOfWhat(t *testing.T) {
	one, other := passed(), passed()
	other.Server.Name = "another"
	warned(&one, "session-not-reused", "it opened a session more")
	one.Habits = []report.Habit{{Peer: "client", English: "it uses no session again", Codes: []string{"session-not-reused"}}}
	text := string(report.Combine(meta(), one, other).Markdown(report.English))
	want := "(no. 1): ⚠️ partly compatible: Failed: no errors or warnings; it opened a session more; known of the client sing-box v1.13.5: it uses no session again\n"
	if !strings.Contains(text, want) {
		t.Errorf("%q is not in\n%s", want, text)
	}
}

// TestKnownIsBounded: of each end, so that none tells so much that nothing is left for the other.
func TestKnownIsBounded(t *testing.T) {
	s := passed()
	warned(&s, "session-churn", "t")
	for i := range 25 {
		s.Habits = append(s.Habits, report.Habit{Peer: "server", English: fmt.Sprintf("it is odd in way %d", i)})
	}
	s.Habits = append(s.Habits, report.Habit{Peer: "client", English: "it churns", Codes: []string{"session-churn"}})
	text := string(report.Combine(meta(), s).Markdown(report.English))
	if n := strings.Count(text, "it is odd in way "); n != 20 || !strings.Contains(text, "known of the client sing-box v1.13.5: it churns") {
		t.Errorf("%d habits of the server in\n%s", n, text)
	}
}

// TestKnownInJUnit: what is known are properties of each scenario's suite, and the verdict on each pair
// one of the checklist's. No two of a suite have one name.
func TestKnownInJUnit(t *testing.T) {
	r := report.Combine(meta(), append(paired(), quick(2)...)...)
	made, err := r.JUnit(report.English)
	if err != nil {
		t.Fatal(err)
	}
	suites := readJUnit(t, r, report.English)
	pairs := 0
	for name := range suites[len(suites)-1].Properties {
		if strings.HasPrefix(name, "pair: ") {
			pairs++
		}
	}
	if pairs != 8 {
		t.Errorf("%d pairs are told apart, want 8", pairs)
	}
	for part, times := range map[string]int{
		`<property name="client.known" value="it writes the preamble in three records, which Go servers refuse; it never sends FIN">`: 6,
		`<property name="client.untested" value="untested: started by what is known of it, and not tried regularly">`:                 6,
		`<property name="pair: sing-box 1.13.5 server + anytls-rs 0.5.4 client" value="not-compatible">`:                              1,
		`<property name="pair: sing-box 1.13.5 server + own-client 2 client" value="not-run">`:                                        1,
		`<property name="pair: anytls-rs 0.5.4 server + anytls-rs 0.5.4 client" value="fully-compatible">`:                            1,
		`<property name="server.known" value="UDP over TCP is answered for one form of requests only">`:                               18,
	} {
		if n := strings.Count(string(made), part); n != times {
			t.Errorf("%s stands %d times, want %d", part, n, times)
		}
	}
}

// TestKnownIsOfItsPeers: problems of several scenarios that are one have what is known of all, and
// one of no scenario of the peer has nothing.
func TestKnownIsOfItsPeers(t *testing.T) {
	one, other, third := passed(), passed(), passed()
	one.Habits = []report.Habit{{Peer: "server", English: "a", Codes: []string{"session-churn"}}, {Peer: "server", English: "b", Codes: []string{"session-churn"}}}
	other.Habits = []report.Habit{{Peer: "client", English: "c", Codes: []string{"alert", "session-churn"}}, {Peer: "neither", English: "d", Codes: []string{"session-churn"}}}
	other.Client.Name = ""
	third.Habits = one.Habits
	for _, s := range []*report.Scenario{&one, &other, &third} {
		warned(s, "session-churn", "t")
	}
	unlike := passed()
	warned(&unlike, "rejected", "t")
	unlike.Habits = one.Habits
	for _, p := range report.Combine(meta(), one, other, third, unlike).Problems() {
		want := ""
		if p.Code == "session-churn" {
			want = "known of the server anytls-rs 0.5.4: a; b; known of the client v1.13.5: c"
		}
		if got := p.Known(report.English); got != want {
			t.Errorf("%s: %q, want %q", p.Code, got, want)
		}
	}
}

// TestKnownExcusesNothing: what is known beforehand changes no verdict, no reason, and no item.
func TestKnownExcusesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	told := 0
	for range 200 {
		with := []report.Scenario{anyScenario(r), anyScenario(r)}
		var without []report.Scenario
		for _, s := range with {
			s.Habits, s.Server.Untried, s.Client.Untried = nil, false, false
			without = append(without, s)
		}
		a, b := report.Combine(meta(), with...), report.Combine(meta(), without...)
		for _, lang := range []report.Lang{report.English, report.Chinese} {
			if a.Verdict() != b.Verdict() || a.Reason(lang) != b.Reason(lang) {
				t.Fatalf("%s: %s; without what is known %s: %s", a.Verdict(), a.Reason(lang), b.Verdict(), b.Reason(lang))
			}
			for i, p := range b.Problems() {
				have := a.Problems()[i]
				if have.Code != p.Code || have.Severity != p.Severity || have.Count != p.Count || have.Text(lang) != p.Text(lang) || have.Advice(lang) != p.Advice(lang) {
					t.Fatalf("a problem changes: %+v, %+v", have, p)
				}
				if have.Known(lang) != "" {
					told++
				}
			}
		}
		for i := range with {
			if with[i].Result() != without[i].Result() || with[i].Errors() != without[i].Errors() {
				t.Fatalf("a result changes: %+v", with[i])
			}
		}
	}
	if told == 0 {
		t.Error("no problem has anything that is known")
	}
}

// TestOwnCodes: each code of a problem that no diagnostic names is listed.
func TestOwnCodes(t *testing.T) {
	var all []report.Scenario
	for _, parts := range [][]report.Scenario{splits(), broken(), missing(), refusing(), guided()} {
		all = append(all, parts...)
	}
	s := &all[len(all)-3]
	s.UDP.Failed, s.Idle.Failed, s.Targets[0].OK, s.Steps[0].Failure = 1, 1, false, "it broke"
	s.Logs[3].Count, s.Logs[7].Count = 1, 1
	hides := guided()[0]
	hides.Direct = &report.Traffic{Requests: 2, Failed: 2}
	load := guided()[1]
	load.Load.Failed = 1
	found := make(map[string]bool)
	for _, p := range report.Combine(meta(), append(all, hides, load)...).Problems() {
		if slices.Contains(session.Codes(), session.Code(p.Code)) {
			continue
		}
		if found[p.Code] = true; !report.IsCode(p.Code) {
			t.Errorf("%s is not listed", p.Code)
		}
	}
	if len(found) != 11 {
		t.Errorf("found %v", found)
	}
	if report.IsCode("no-such-code") || report.IsCode("") {
		t.Error("any code is one")
	}
}

// TestCause: the problem that the others may follow from is of the first scenario that has an error,
// or says that it could not be run; and a target that can't be reached is none.
func TestCause(t *testing.T) {
	gone, early := guided()[0], guided()[1]
	incident(&gone, "alert", 1, "go away")
	gone.Failure = "the server ended"
	incident(&early, "rejected", 9, "it was rejected")
	beside := report.Scenario{Kind: report.Pair, Targets: []report.TargetKind{{Kind: "slow", Text: "there was no answer"}}}
	warned(&beside, "synack-error", "connection refused")
	only := report.Scenario{Kind: report.Pair}
	warned(&only, "synack-error", "connection refused")
	for want, scenarios := range map[string][]report.Scenario{
		"the server ended": {gone, early}, "it was rejected": {guided()[0], early, gone}, "slow: there was no answer": {beside}, "": {only},
		"t": {only, func() report.Scenario { s := passed(); warned(&s, "session-churn", "t"); return s }()},
	} {
		if cause, advice := report.Combine(meta(), scenarios...).Cause(report.English); cause != want || (advice == "") != (want == "") {
			t.Errorf("the cause is %q, %q, want %q", cause, advice, want)
		}
	}
}
