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
	// maxHabits is how many habits of each end of a scenario are told: a report that is read may have
	// any number.
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

// A knownID names a habit of an implementation as one end; without a habit, that nobody tries it.
type knownID struct {
	role        key
	peer, habit string
}

func (k *known) id() knownID { return knownID{k.role, k.peer.String(), k.English} }

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
	told := make(map[key]int)
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
		if told[k.role]++; told[k.role] <= maxHabits {
			list = append(list, k)
		}
	}
	return list
}

// behind returns the habits of the scenario's peers that may be behind the problem.
func (s *Scenario) behind(p *Problem) (list []known) {
	for _, k := range s.known() {
		if slices.Contains(k.Codes, p.Code) {
			list = append(list, k)
		}
	}
	return list
}

// addKnown adds habits, each once, as far as they are told.
func (p *Problem) addKnown(list []known) {
	for i := range list {
		same := func(have known) bool { return have.id() == list[i].id() }
		if len(p.known) < maxKnown && !slices.ContainsFunc(p.known, same) {
			p.known = append(p.known, list[i])
		}
	}
}

// Known says in a language which habits of the peers may be behind the problem, and whose they are:
// "known of the client anytls-rs 0.5.4: …". It is empty where none is known.
func (p *Problem) Known(l Lang) string {
	var list []text
	for at := 0; at < len(p.known); {
		k := &p.known[at]
		var said []text
		for ; at < len(p.known) && p.known[at].role == k.role && p.known[at].peer == k.peer; at++ {
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

// whole says what was seen, what followed, and what is known of it.
func (p *Problem) whole(l Lang) string {
	said := p.Text(l)
	if len(p.Incidents) == 1 {
		said += p.Incidents[0].followed()
	}
	if k := p.Known(l); k != "" {
		return join(kSemicolon, literal(said), literal(k)).in(l)
	}
	return said
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

// explaining returns the habits that stand beside problems.
func (r *Report) explaining() map[knownID]bool {
	told := make(map[knownID]bool)
	for _, p := range r.Problems() {
		for i := range p.known {
			told[p.known[i].id()] = true
		}
	}
	return told
}

// unexplaining returns for each scenario what is known of its peers and is behind no problem of the
// report: of each implementation once.
func (r *Report) unexplaining(l Lang) map[int][]bullets {
	told := r.explaining()
	lists := make(map[int][]bullets)
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		habits := s.known()
		for _, e := range [...]struct {
			role, title key
			peer        Peer
		}{{kServerWord, kKnownOfServer, s.Server}, {kClientWord, kKnownOfClient, s.Client}} {
			var list []string
			tell := func(id knownID, said text) {
				if !told[id] {
					told[id], list = true, append(list, said.in(l))
				}
			}
			if e.peer.Untried {
				tell(knownID{e.role, e.peer.String(), ""}, say(kUntestedHow))
			}
			for n := range habits {
				if k := &habits[n]; k.role == e.role {
					tell(k.id(), literal(k.in(l)))
				}
			}
			if len(list) > 0 {
				lists[i] = append(lists[i], bullets{say(e.title).in(l), list})
			}
		}
	}
	return lists
}
