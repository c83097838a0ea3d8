package main

import (
	"fmt"
	"strings"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/rule"
)

// maxRuleShown bounds what is shown of a rule in a line, in bytes.
const maxRuleShown = 200

// tellRules says at the start of a run what its rules do, and what is given up for them. It has
// it told when a rule fails later.
func tellRules(tell func(text string), book *rule.Book) {
	if book == nil {
		return
	}
	for _, r := range book.Rules() {
		tell(fmt.Sprintf("rule %d is on: %s", r.Number(), shortRule(r)))
	}
	for _, line := range book.Summary() {
		tell(line)
	}
	book.OnWarning(func(n uint16, text string) { tell(fmt.Sprintf("rule %d: %s", n, text)) })
	tell("peers see what rules do: what fails in this run may be the rules' doing, and records that they touch have other sizes")
}

// expectRules tells the journal of the rules of a run.
func expectRules(j *journal.Journal, book *rule.Book) {
	if book == nil {
		return
	}
	for _, r := range book.Rules() {
		j.ExpectRule(r.Number(), r.Shown())
	}
}

// tellApplied says at the end of a run how often each rule was applied.
func tellApplied(tell func(text string), book *rule.Book) {
	if book == nil {
		return
	}
	for _, r := range book.Rules() {
		tell(fmt.Sprintf("rule %d was %s: %s", r.Number(), applied(r.Applied()), shortRule(r)))
	}
}

// applied says how often a rule was applied.
func applied(n uint64) string {
	switch n {
	case 0:
		return "never applied"
	case 1:
		return "applied once"
	}
	return fmt.Sprintf("applied %d times", n)
}

// rulesOn counts the rules that are on.
func rulesOn(book *rule.Book) (n int) {
	for _, r := range book.Rules() {
		if r.On() {
			n++
		}
	}
	return n
}

// shortRule returns a rule as it was written, or the beginning of it.
func shortRule(r *rule.Rule) string {
	text := r.Shown()
	if len(text) > maxRuleShown {
		text = strings.ToValidUTF8(text[:maxRuleShown], "") + "…"
	}
	return text
}
