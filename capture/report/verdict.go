package report

// A Verdict says how compatible the peers are.
type Verdict string

// The verdicts. The first three are the guide's.
const (
	// Fully: nothing failed, and every item that decides was measured and passed.
	Fully Verdict = "fully-compatible"
	// Partly: something failed, and something works.
	Partly Verdict = "partly-compatible"
	// Not: something failed, and nothing was seen to work.
	Not Verdict = "not-compatible"
	// Undecided: nothing failed, but an item that decides was not measured.
	Undecided Verdict = "undecided"
)

// Verdict returns the verdict that follows from the scenarios and the checklist.
func (r *Report) Verdict() Verdict {
	v, _ := r.judge()
	return v
}

// Reason says in a language why the verdict is what it is.
func (r *Report) Reason(l Lang) string {
	_, why := r.judge()
	return why.in(l)
}

func (r *Report) judge() (Verdict, text) {
	works := false
	var failed, notRun []int
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		works = works || s.works()
		switch {
		case s.Failure != "" && !s.ran():
			// Nothing is known of these peers, neither good nor bad.
			notRun = append(notRun, i+1)
		case s.Result() == Failed:
			failed = append(failed, i+1)
		}
	}
	var failedItems, openItems []text
	for _, item := range r.Checklist() {
		switch {
		case item.Status == Failed:
			failedItems = append(failedItems, say(item.title))
		case item.Status == NotMeasured && decides(item.ID):
			openItems = append(openItems, say(item.title))
		}
	}
	var rest []text
	if len(notRun) > 0 {
		rest = append(rest, say(kNotRunScenarios, numbers(notRun)))
	}
	switch {
	case len(failed)+len(failedItems) > 0:
		verdict, list := Not, []text{say(kNothingWorks)}
		if works {
			verdict, list = Partly, nil
		}
		if len(failed) > 0 && len(r.Scenarios) > 1 {
			list = append(list, say(kFailedScenarios, numbers(failed)))
		}
		if len(failedItems) > 0 {
			list = append(list, say(kFailedItems, join(kSemicolon, failedItems...)))
		}
		if len(list) == 0 {
			list = append(list, say(kScenarioFailed))
		}
		return verdict, join(kSentence, append(list, rest...)...)
	case len(openItems)+len(notRun) > 0 || len(r.Scenarios) == 0:
		list := append([]text{say(kNothingFailed)}, rest...)
		if len(openItems) > 0 {
			list = append(list, say(kOpenItems, join(kSemicolon, openItems...)))
		}
		return Undecided, join(kSentence, list...)
	default:
		return Fully, say(kAllMeasured)
	}
}

func decides(id string) bool {
	for i := range checks {
		if checks[i].id == id {
			return checks[i].decides
		}
	}
	return false
}
