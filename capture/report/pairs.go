package report

import "slices"

// A PairResult is what a report says of one pair of a server and a client.
type PairResult struct {
	Server, Client Peer
	Scenarios      []int // by their numbers, from 1
	Verdict        Verdict
	// NotRun says that nothing of the pair was run, for no failure of its own: the run was ended
	// before. Nothing is known of it then, and nothing stands against it.
	NotRun bool

	part *Report // of its scenarios alone
}

// Reason says in a language why the verdict on the pair is what it is.
func (p *PairResult) Reason(l Lang) string { return p.part.Reason(l) }

// Pairs returns the pairs of which there are scenarios, in the order of their first ones. Scenarios of
// pings and of relays with several routes, servers or clients are those of no pair, nor are those of
// which neither end has a name.
func (r *Report) Pairs() []PairResult {
	list := r.grouped()
	for i := range list {
		p := &list[i]
		p.part = r.Part(p.Scenarios)
		p.Verdict = p.part.Verdict()
		p.NotRun = !slices.ContainsFunc(p.part.Scenarios, func(s Scenario) bool { return !s.allSkipped() })
	}
	return list
}

// several tells whether the report is of more than one pair: then it says of each what it comes to.
func (r *Report) several() bool { return len(r.grouped()) > 1 }

// grouped returns the pairs, and does not judge them.
func (r *Report) grouped() (list []PairResult) {
	type ends struct{ server, client string }
	at := make(map[ends]int)
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		if !s.ofPair() {
			continue
		}
		key := ends{s.Server.String(), s.Client.String()}
		n, known := at[key]
		if !known {
			n = len(list)
			at[key], list = n, append(list, PairResult{Server: s.Server, Client: s.Client})
		}
		list[n].Scenarios = append(list[n].Scenarios, i+1)
	}
	return list
}

// ofPair tells whether the scenario is one of a single pair that has a name.
func (s *Scenario) ofPair() bool {
	several := func(p Peer) bool { return endOfName(p.Name) >= 0 }
	switch {
	case s.Kind == Ping, len(s.Routes) > 0, s.Server.Name == "" && s.Client.Name == "":
		return false
	case s.Kind == Live, s.Kind == Replayed:
		return !several(s.Server) && !several(s.Client)
	default:
		return true
	}
}

// Part returns a report of some of the scenarios of a whole report, by their numbers in rising order.
// It refers to them by these.
func (r *Report) Part(numbers []int) *Report {
	part := &Report{Meta: r.Meta, numbers: numbers}
	for _, n := range numbers {
		part.Scenarios = append(part.Scenarios, r.Scenarios[n-1])
	}
	return part
}

// number returns the number of the scenario at a place.
func (r *Report) number(at int) int {
	if r.numbers != nil {
		return r.numbers[at]
	}
	return at + 1
}

// ofSeveral counts the pairs by their verdicts, where there are several, and tells whether all that
// there are count as fully compatible. A verdict on several pairs is not read without that.
func (r *Report) ofSeveral() (front []text, fully bool) {
	if !r.several() {
		return nil, true
	}
	pairs := r.Pairs()
	counts := make(map[key]int)
	for i := range pairs {
		counts[pairs[i].word()]++
	}
	var list []text
	for _, k := range [...]key{kCountFully, kCountPartly, kCountNot, kCountUndecided, kCountUnable, kCountNotRun} {
		if counts[k] > 0 {
			list = append(list, say(k, counts[k]))
		}
	}
	return []text{say(kOfPairs, len(pairs), join(kComma, list...))}, counts[kCountFully] == len(pairs)
}

// word returns the words that count the pair among others.
func (p *PairResult) word() key {
	switch {
	case p.NotRun:
		return kCountNotRun
	case p.Verdict == Fully:
		return kCountFully
	case p.Verdict == Partly:
		return kCountPartly
	case p.Verdict == Not:
		return kCountNot
	case slices.ContainsFunc(p.part.Scenarios, func(s Scenario) bool { return s.neverRan() }):
		return kCountUnable
	default:
		return kCountUndecided
	}
}
