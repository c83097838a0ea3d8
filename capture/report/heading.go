package report

import "strings"

// A report numbers its scenarios from 1, in the overview's rows, and everything else refers to
// them by these numbers ("no. 4"). The guide's own scenarios keep their numbers beside, in their
// headings: a report may have many pairs that are its scenario 1.

// A kindWords is what a kind is called.
type kindWords struct {
	alone key // without the peers' names
	with  key // before them; the same where nothing can be left out
	guide int // the guide's number of it; 0: it is none of the guide's
}

// words returns what the kind is called. An unknown kind has none.
func (k Kind) words() (w kindWords, known bool) {
	w, known = map[Kind]kindWords{
		RustServerGoClient: {kRustServerGoClient, kGuideOne, 1},
		GoServerRustClient: {kGoServerRustClient, kGuideTwo, 2},
		BothDirections:     {kBothDirections, kBothDirections, 3},
		Pair:               {alone: kPair, with: kPair},
		Live:               {alone: kLive, with: kLive},
		Replayed:           {alone: kReplayed, with: kReplayed},
		Ping:               {alone: kPing, with: kPing},
		Demo:               {alone: kDemo, with: kDemo},
	}[k]
	return w, known
}

// name returns what the scenario is called: what it is, between whom. It is empty where nothing
// is known.
func (s *Scenario) name(l Lang) string {
	kind, known := s.Kind.words()
	peers, title := s.peers(l), clean(s.Title)
	behind := title != "" // the title stands behind the rest
	var list []text
	switch {
	case !known && behind:
		list, behind = append(list, literal(title)), false
	case !known && s.Kind != "":
		list = append(list, literal(clean(string(s.Kind))))
	case known && len(peers) == 0:
		list = append(list, say(kind.alone))
	case known && s.Kind != Pair:
		list = append(list, say(kind.with))
	}
	if len(peers) > 0 {
		list = append(list, join(kPlus, peers...))
	}
	switch name := join(kColon, list...); {
	case len(list) == 0:
		return ""
	case behind:
		return join(kComma, name, literal(title)).in(l)
	default:
		return name.in(l)
	}
}

// peers names those that are known. The client of a ping is the program itself.
func (s *Scenario) peers(l Lang) (list []text) {
	if s.Server.Name != "" {
		list = append(list, say(kServerNamed, likened(s.Server.first(), l)))
	}
	if s.Client.Name != "" && s.Kind != Ping {
		list = append(list, say(kClientNamed, likened(s.Client.first(), l)))
	}
	return list
}

// first returns the name and the version of a peer; where it has several names, the first of
// them.
func (p Peer) first() string {
	one, more := p.String(), false
	if at := endOfName(one); at >= 0 {
		one, more = one[:at], true
	}
	if before, _, several := strings.Cut(one, namesSeparator); several { // a remark too long for a heading
		one = strings.TrimSpace(before[:strings.LastIndex(before, "(")])
	}
	if one = clean(one); more {
		one += " …"
	}
	return one
}

// endOfName returns where the first of several names ends, −1 where there is only one. A
// separator within parentheses is part of a remark.
func endOfName(names string) int {
	depth := 0
	for i := range len(names) {
		switch {
		case names[i] == '(':
			depth++
		case names[i] == ')':
			depth = max(depth-1, 0)
		case depth == 0 && strings.HasPrefix(names[i:], namesSeparator):
			return i
		}
	}
	return -1
}

// heading returns what stands above the n-th of several scenarios, or above the only one.
func (s *Scenario) heading(n, of int, l Lang) string {
	name := s.name(l)
	switch {
	case of > 1 && name != "":
		return say(kNumberAnd, n, name).in(l)
	case of > 1:
		return say(kNumbered, n).in(l)
	case name != "":
		return name
	default:
		return say(kScenario).in(l)
	}
}

// whatIs says in the overview what the scenario is. Its peers have columns of their own.
func (s *Scenario) whatIs(l Lang) string {
	alone := Scenario{Kind: s.Kind, Title: s.Title}
	return alone.name(l)
}

// numbers returns a text that refers to scenarios by their numbers, in rising order. It shortens
// runs: "nos. 1, 3–5".
func numbers(list []int) text {
	if len(list) == 1 {
		return say(kByNumber, runs(list))
	}
	return say(kByNumbers, runs(list))
}
