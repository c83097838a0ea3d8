package journal

import (
	"cmp"
	"maps"
	"slices"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A RuleTotal is a rule of the run, and how often it was applied.
type RuleTotal struct {
	Rule    uint16 // its number, from 1
	Source  string // its text, printable; empty where it is not known, as that of a recording's
	Applied uint64
}

// ExpectRule says that the run has a rule with a number, and its text.
func (j *Journal) ExpectRule(number uint16, source string) {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	r := j.totals.rules[number]
	r.Rule, r.Source = number, protocol.Printable(source)
	j.totals.rules[number] = r
	j.news.tell()
}

// AskRules asks for the rules of the run, by their numbers: those that it was told to have,
// and those that were applied. The answer is a list of [RuleTotal].
type AskRules struct{}

func (AskRules) answer(j *Journal) []RuleTotal {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	return j.totals.ruleList()
}

func (AskRules) asOf(s *Snapshot) []RuleTotal { return slices.Clone(s.rules) }

// ruleList returns the rules by their numbers.
func (t *Totals) ruleList() []RuleTotal {
	return slices.SortedFunc(maps.Values(t.rules), func(a, b RuleTotal) int { return cmp.Compare(a.Rule, b.Rule) })
}

// applied counts what a rule did, once for each frame.
func (t *Totals) applied(a *session.Application) {
	if a.Ended || a.Again {
		return
	}
	r := t.rules[a.Rule]
	r.Rule = a.Rule
	r.Applied++
	t.rules[a.Rule] = r
	t.applications++
}

// applicationOf returns what an event says that a rule does.
func applicationOf(e *capture.Event) session.Application {
	a := e.Application
	return session.Application{
		Rule: a.Rule, Action: protocol.Printable(a.Action), Dir: e.Dir, Header: a.Header, Preamble: a.Preamble,
		All: a.All, Waits: a.Waits, Ended: a.Ended, Held: a.Held, Again: a.Again, Undone: a.Undone, Text: protocol.Printable(a.Text),
	}
}
