package filter

import (
	"anytls-inspect/capture/expression"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// A lookup asks the journal for what an expression uses and an entry does not say.
type lookup struct {
	journal *journal.Journal // nil: nothing is looked up
	// What the expression uses: wanted says that it is any of the rest.
	wanted, facts, data, brought, owed bool

	codes []session.Code // these are reused
	bytes []byte
	words []string
}

// newLookup returns the lookup of an expression.
func newLookup(x *expression.Expression) lookup {
	l := lookup{
		facts:   x.Uses("client") || x.Uses("target") || x.Uses("age") || x.Uses("count") || x.Uses("rtt"),
		data:    x.Uses("text"),
		brought: x.Uses("diag") || x.Uses("incident"),
		owed:    x.Uses("owed"),
	}
	l.wanted = l.facts || l.data || l.brought || l.owed
	return l
}

// fill fills in what the expression uses.
func (l *lookup) fill(f *expression.Frame, e *journal.Entry) {
	if l.journal == nil {
		return
	}
	if l.facts {
		facts := l.journal.FactsOf(e.Index)
		f.Client, f.Target, f.Age, f.Count, f.RTT = facts.Client, facts.Target, facts.Age, int(facts.Count), facts.RTT
	}
	if l.data {
		l.bytes = l.bytes[:0]
		if !e.Preamble { // whose data is the credential
			l.bytes = l.journal.AppendData(l.bytes, e.Index)
		}
		f.Text = string(l.bytes)
	}
	if l.brought || l.owed {
		l.words = l.words[:0]
	}
	if l.brought {
		brought := l.journal.BroughtBy(e.Index, l.codes[:0])
		l.codes, f.Incident = brought.Codes, int(brought.Incident)
		for _, code := range brought.Codes {
			l.words = append(l.words, string(code))
		}
		f.Diag = l.words[:len(l.words):len(l.words)]
	}
	if l.owed {
		told := len(l.words)
		for _, o := range l.journal.Owed(e.Session) {
			l.words = append(l.words, o.What.String())
		}
		f.Owed = l.words[told:]
	}
}
