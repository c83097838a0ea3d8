package report

import (
	"cmp"
	"slices"
	"strings"

	"anytls-inspect/protocol"
)

// What is known of a peer beforehand stands beside the problems that it may be behind, and else once
// for each implementation. It explains, and excuses nothing: no verdict looks at it.

const (
	// maxHabits is how many habits of a scenario are told: a report that is read may have any number.
	maxHabits = 20
	// maxKnown is how many stand beside a problem.
	maxKnown = 3
)

// A known is a habit of a peer of a scenario.
type known struct {
	role key // kServerWord or kClientWord
	peer Peer
	*Habit
}

// same tells whether two are one habit of one implementation as the same end.
func (k *known) same(o *known) bool {
	return k.role == o.role && k.peer.String() == o.peer.String() && k.English == o.English
}

// in returns what the habit is, in a language, without the end of a sentence.
func (h *Habit) in(l Lang) string {
	said := h.English
	if l == Chinese {
		said = cmp.Or(h.Chinese, h.English)
	}
	return strings.TrimRight(clean(said), ".。")
}

// known returns the habits of the scenario's peers. Those of neither end say nothing.
func (s *Scenario) known() (list []known) {
	for i := range s.Habits {
		k := known{Habit: &s.Habits[i]}
		switch k.Peer {
		case protocol.Server.String():
			k.role, k.peer = kServerWord, s.Server
		case protocol.Client.String():
			k.role, k.peer = kClientWord, s.Client
		default:
			continue
		}
		if list = append(list, k); len(list) == maxHabits {
			break
		}
	}
	return list
}

// behind returns the habits that may be behind problems of a code.
func (s *Scenario) behind(code string) (list []known) {
	for _, k := range s.known() {
		if slices.Contains(k.Codes, code) {
			list = append(list, k)
		}
	}
	return list
}

// addKnown adds habits, each once.
func (p *Problem) addKnown(list []known) {
	for i := range list {
		if !slices.ContainsFunc(p.known, func(have known) bool { return have.same(&list[i]) }) {
			p.known = append(p.known, list[i])
		}
	}
}

// Known says in a language which habits of the peers may be behind the problem, and whose they are:
// "known of the client anytls-rs 0.5.4: …". It is empty where none is known.
func (p *Problem) Known(l Lang) string {
	var list []text
	for at := 0; at < min(len(p.known), maxKnown); {
		k := &p.known[at]
		var said []text
		for ; at < min(len(p.known), maxKnown) && p.known[at].role == k.role && p.known[at].peer == k.peer; at++ {
			said = append(said, literal(p.known[at].in(l)))
		}
		who := say(k.role).in(l)
		if name := k.peer.first(); name != "" {
			who += " " + likened(name, l)
		}
		list = append(list, say(kKnownOf, who, join(kSemicolon, said...)))
	}
	return join(kSemicolon, list...).in(l)
}

// textAndKnown says what was seen, and what is known of it.
func (p *Problem) textAndKnown(l Lang) string {
	if k := p.Known(l); k != "" {
		return join(kSemicolon, literal(p.Text(l)), literal(k)).in(l)
	}
	return p.Text(l)
}

// advised says what to do about the problem, and what is known of it. Advice is a sentence with its
// end.
func (p *Problem) advised(l Lang) string {
	advice, k := p.Advice(l), p.Known(l)
	switch {
	case k == "":
		return advice
	case advice == "":
		return k
	case l == Chinese:
		return advice + k + "。"
	default:
		return advice + " " + capital(k) + "."
	}
}

// unexplaining returns for each scenario what is known of its peers and is behind no problem of the
// report, as facts: of each implementation once.
func (r *Report) unexplaining(l Lang) map[int][]fact {
	type end struct {
		role key
		name string
	}
	var told []known
	for _, p := range r.Problems() {
		told = append(told, p.known...)
	}
	seen := make(map[end]bool)
	facts := make(map[int][]fact)
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		habits := s.known()
		for _, e := range [...]struct {
			role, title key
			peer        Peer
		}{{kServerWord, kKnownOfServer, s.Server}, {kClientWord, kKnownOfClient, s.Client}} {
			at := end{e.role, e.peer.String()}
			if seen[at] {
				continue
			}
			var list []text
			if e.peer.Untried {
				list = append(list, say(kUntriedHow))
			}
			for n := range habits {
				k := &habits[n]
				seen[at] = seen[at] || k.role == e.role
				same := func(o known) bool { return o.same(k) }
				if k.role == e.role && !slices.ContainsFunc(told, same) {
					list = append(list, literal(k.in(l)))
				}
			}
			if len(list) > 0 {
				seen[at] = true
				facts[i] = append(facts[i], fact{say(e.title).in(l), join(kSemicolon, list...).in(l)})
			}
		}
	}
	return facts
}
