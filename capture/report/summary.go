package report

import (
	"slices"
	"strconv"
	"strings"
)

// maxEvidence is how many lines of evidence an item shows. It lists the scenarios of the
// rest by number.
const maxEvidence = 6

// checklistLines returns the checklist of the page.
func (r *Report) checklistLines(l Lang) checklist {
	names := map[string]key{groupFunction: kFunction, groupLogs: kLogs, groupPerformance: kGroupPerformance}
	list := checklist{Title: say(kChecklist).in(l)}
	for _, item := range r.Checklist() {
		title := say(names[item.Group]).in(l)
		if n := len(list.Groups); n == 0 || list.Groups[n-1].Title != title {
			list.Groups = append(list.Groups, group{Title: title})
		}
		g := &list.Groups[len(list.Groups)-1]
		g.Items = append(g.Items, itemLine{
			Ticked: item.Status.ticked(), Status: item.Status.text().in(l), Class: item.Status,
			Title: item.Title(l), Evidence: r.evidence(&item, l),
		})
	}
	return list
}

// evidence returns the lines of evidence for an item. A report of one scenario shows all
// of it. A report of several shows what failed, then what passed or was observed. It shows the
// rest by the scenarios' numbers, but for an item that few scenarios could have measured and
// none did.
func (r *Report) evidence(item *Item, l Lang) []string {
	var lines []string
	if len(r.Scenarios) == 1 {
		for i := range item.Evidence {
			lines = append(lines, item.Evidence[i].text.marked(l))
		}
		return lines
	}
	for _, status := range [...]Status{Failed, Passed, Observed, NotMeasured} {
		var of []Evidence
		for _, e := range item.Evidence {
			if e.Status == status {
				of = append(of, e)
			}
		}
		if status == NotMeasured && (item.Status != NotMeasured || len(of) > maxEvidence) {
			if len(of) > 0 {
				lines = append(lines, say(kInScenarios, status.text(), numbers(scenarios(of))).marked(l))
			}
			continue
		}
		for i := range of[:min(len(of), maxEvidence)] {
			lines = append(lines, say(kInScenario, strconv.Itoa(of[i].Scenario), of[i].text).marked(l))
		}
		if more := of[min(len(of), maxEvidence):]; len(more) > 0 {
			lines = append(lines, say(kInScenarios, status.text(), numbers(scenarios(more))).marked(l))
		}
	}
	return lines
}

func scenarios(of []Evidence) []int {
	list := make([]int, len(of))
	for i := range of {
		list[i] = of[i].Scenario
	}
	slices.Sort(list)
	return list
}

// summary returns the end of the page: verdict, problems and advice.
func (r *Report) summary(l Lang) summary {
	verdict, why := r.judge()
	s := summary{
		Title: say(kSummary).in(l), Interoperable: say(kInteroperability).in(l),
		Verdict: verdict.text().in(l), Reason: why.in(l), Class: verdict,
		Problems:    r.problemTable(l),
		NoProblems:  say(kNone).in(l),
		AdviceTitle: say(kAdvice).in(l), Advice: r.Advice(l),
	}
	s.Front = r.front(verdict, l)
	if cause, advice := r.Cause(l); cause != "" && !r.several() && strings.Contains(strings.ToLower(s.Front), strings.ToLower(cause)) {
		s.FrontAdvice = advice
	}
	if len(s.Advice) == 0 {
		s.Advice = []string{say(kNone).in(l)}
	}
	return s
}

// front returns the first of the reasons of the verdict. Where nothing failed, it returns with it what is not
// known.
func (r *Report) front(v Verdict, l Lang) string {
	reasons := r.Reasons(l)
	if _, some := r.underRules(); some && len(reasons) > 1 {
		reasons[1] = join(kSentence, literal(reasons[0]), literal(reasons[1])).in(l)
		reasons = reasons[1:]
	}
	switch {
	case len(reasons) == 0:
		return ""
	case v == Undecided && len(reasons) > 1 && r.begun() && !r.several():
		return join(kSentence, literal(reasons[0]), literal(reasons[len(reasons)-1])).in(l)
	default:
		return reasons[0]
	}
}
