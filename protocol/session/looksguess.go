package session

import (
	"slices"
	"strings"

	"anytls-inspect/protocol"
)

// A Guess says which implementation a peer looks like. The zero value says nothing: too little
// was seen, or too many fit.
type Guess struct {
	// Names are the implementations that it looks like, the best known first. Several have
	// the same habits, as far as they were seen.
	Names []string
	Sure  Sureness
	By    []string // what about the peer says so, in words, without repetition
}

// A Sureness says how sure a guess is.
type Sureness uint8

// How sure a guess is.
const (
	NoGuess  Sureness = iota // there is no guess
	MayBe                    // one habit says so, or little speaks against another one
	Probable                 // several do
	Certain                  // a signature does, and others
)

// String returns the word that JSON has: "may be", "likely" or "sure".
func (s Sureness) String() string {
	return [...]string{"", "may be", "likely", "sure"}[min(s, Certain)]
}

// What a guess takes: the sum of what its habits weigh, and how much more that is than the sum
// of any other implementation that fits.
const (
	leastWeight  = 3
	likelyWeight = 4
	sureWeight   = 5
	sureLead     = 2
	mostNames    = 5 // of as many that fit equally well, a guess tells
)

// Guess says which implementation a peer looks like that has these habits. It is the same
// however often it is asked.
func (l Looks) Guess(peer protocol.Peer) Guess {
	var g Guess
	best, next, known := 0, 0, habit(0)
	for i := range implementations {
		im := &implementations[i]
		if im.peer != peer || l.did()&im.never != 0 || l.didNot()&im.does != 0 {
			continue
		}
		switch weight := l.weigh(im); {
		case weight > best:
			next, best = best, weight
			g.Names, known = slices.Clone(im.names), im.does|im.never
		case weight == best:
			g.Names, known = append(g.Names, im.names...), known|im.does|im.never
		default:
			next = max(next, weight)
		}
	}
	if best < leastWeight || len(g.Names) > mostNames {
		return Guess{}
	}
	switch {
	case best >= sureWeight && best-next >= sureLead:
		g.Sure = Certain
	case best >= likelyWeight:
		g.Sure = Probable
	default:
		g.Sure = MayBe
	}
	g.By = l.about(known)
	return g
}

// weigh returns how much of what is known of a peer an implementation that fits has.
func (l Looks) weigh(im *implementation) (sum int) {
	for i := range traits {
		switch h := traits[i].habit; {
		case l.did()&im.does&h != 0:
			sum += traits[i].weighs
		case l.didNot()&im.never&h != 0:
			sum += traits[i].lacks
		}
	}
	return sum
}

// about says in words what a guess rests on, of the habits that its implementations are known
// by.
func (l Looks) about(known habit) (by []string) {
	for i := range traits {
		tr := &traits[i]
		weighs := l.did()&known&tr.habit != 0 && tr.weighs > 0 || l.didNot()&known&tr.habit != 0 && tr.lacks > 0
		if weighs && !slices.Contains(by, tr.about) {
			by = append(by, tr.about)
		}
	}
	return by
}

// String returns the guess as a part of a sentence: "looks like sing-box or anytls-go". It is
// empty where there is none.
func (g Guess) String() string {
	names := g.Names
	if len(names) == 0 {
		return ""
	}
	text := strings.Join(names[:len(names)-1], ", ")
	if text != "" {
		text += " or "
	}
	return [...]string{MayBe: "may be ", Probable: "looks like ", Certain: "looks very much like "}[g.Sure] + text + names[len(names)-1]
}

// Because returns the guess with what it rests on: "looks like anytls-rs (preamble, records)".
func (g Guess) Because() string {
	if len(g.By) == 0 {
		return g.String()
	}
	return g.String() + " (" + strings.Join(g.By, ", ") + ")"
}

// LooksLike returns the guess of a peer's implementation, where it is worth telling. A name
// that the peer sends stands: then there is a guess only where it is sure, and the name is
// that of another implementation.
func (s *State) LooksLike(peer protocol.Peer) Guess {
	g := s.Looks[peer].Guess(peer)
	if peer == protocol.Server || s.Client == "" || g.Sure == Certain && g.belies(s.Client) {
		return g
	}
	return Guess{}
}

// belies tells whether a client's name is that of an implementation, and of none that the
// guess names.
func (g Guess) belies(name string) (belies bool) {
	for i := range implementations {
		im := &implementations[i]
		calls := func(begin string) bool { return strings.HasPrefix(name, begin) }
		if im.peer != protocol.Client || !slices.ContainsFunc(im.calls, calls) {
			continue
		}
		if slices.Contains(g.Names, im.names[0]) {
			return false
		}
		belies = true
	}
	return belies
}
