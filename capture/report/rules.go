package report

import (
	"cmp"
	"fmt"
	"slices"

	"anytls-inspect/capture/journal"
)

// A Rule is a rule of a run, and how often it was applied.
type Rule struct {
	Number  uint16 `json:"rule"`
	Source  string `json:"source,omitempty"` // its text; empty where it is not known
	Applied uint64 `json:"applied"`
}

// maxRules is how many rules a sentence names.
const maxRules = 8

// under notes the rules of the run.
func (s *Scenario) under(t *journal.Totals) {
	s.Rules = nil
	for _, r := range t.Rules {
		s.Rules = append(s.Rules, Rule{Number: r.Rule, Source: clip(r.Source), Applied: r.Applied})
	}
}

// rules returns the rules of all scenarios, by number and text, with how often they were applied
// in all.
func (r *Report) rules() (list []Rule) {
	places := make(map[Rule]int) // a recording may tell of very many
	for i := range r.Scenarios {
		for _, rule := range r.Scenarios[i].Rules {
			of := Rule{Number: rule.Number, Source: rule.Source}
			at, known := places[of]
			if !known {
				at = len(list)
				places[of] = at
				list = append(list, of)
			}
			list[at].Applied += rule.Applied
		}
	}
	slices.SortStableFunc(list, func(a, b Rule) int { return cmp.Compare(a.Number, b.Number) })
	return list
}

// underRules says that rules were applied in the run, and how often each. some is false where none
// was: they changed nothing.
func (r *Report) underRules() (said text, some bool) {
	var list []text
	more := 0
	for _, rule := range r.rules() {
		switch {
		case rule.Applied == 0:
		case len(list) == maxRules:
			more++
		default:
			list = append(list, say(kRuleApplied, rule.Number, rule.times()))
		}
	}
	if more > 0 {
		list = append(list, say(kMoreRules, more))
	}
	return say(kUnderRules, join(kComma, list...)), len(list) > 0
}

// times says how often a rule was applied.
func (r *Rule) times() text {
	if r.Applied == 1 {
		return say(kOnce)
	}
	return say(kTimes, r.Applied)
}

// ruleFacts lists the rules in front of the report.
func (r *Report) ruleFacts(l Lang) (facts []fact) {
	rules := r.rules()
	for _, rule := range rules[:min(len(rules), maxRules)] {
		value := say(kAppliedTimes, rule.times())
		if source := clean(rule.Source); source != "" {
			value = join(kColon, value, say(kLiteral, quoteBegin+source+quoteEnd))
		}
		facts = append(facts, fact{say(kRuleNumber, rule.Number).in(l), value.marked(l)})
	}
	if more := len(rules) - maxRules; more > 0 {
		facts = append(facts, fact{say(kRules).in(l), say(kMoreRules, fmt.Sprint(more)).in(l)})
	}
	return facts
}

// adviceUnder says what to do about the incident, and before that which rule may be why.
func (i *Incident) adviceUnder(advice string, l Lang) string {
	if i.Rule == 0 {
		return advice
	}
	return say(kRuleDidIt, i.Rule, advice).in(l)
}
