package report

import (
	"cmp"
	"regexp"
	"strings"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A likeness says which implementations look like the peers of a run's sessions. It goes by all
// sessions of a peer, since one alone may show little: those of a server are those of its
// address, those of a client those of its host that call it alike.
type likeness map[sameness]session.Looks

// A sameness is what sessions of one peer have in common.
type sameness struct {
	peer        protocol.Peer
	place, name string
}

func newLikeness(rows []journal.SessionRow) likeness {
	l := make(likeness)
	for i := range rows {
		r := &rows[i]
		for _, key := range [...]sameness{clientOf(r), serverOf(r)} {
			l[key] = l[key].Plus(r.State.Looks[key.peer])
		}
	}
	return l
}

func clientOf(r *journal.SessionRow) sameness {
	return sameness{protocol.Client, session.HostOf(r.Client), r.State.Client}
}

func serverOf(r *journal.SessionRow) sameness { return sameness{protocol.Server, r.Server, ""} }

// guess returns what the sessions of a peer are guessed to be.
func (l likeness) guess(key sameness) session.Guess {
	st := session.State{Client: key.name}
	st.Looks[key.peer] = l[key]
	return st.LooksLike(key.peer)
}

// client names the client of a session: as it calls itself, or as it looks. It is empty where
// neither is known.
func (l likeness) client(r *journal.SessionRow) string {
	return likeTo(r.State.Client, l.guess(clientOf(r)))
}

// server names the server of a session by its address, and as it looks.
func (l likeness) server(r *journal.SessionRow) string {
	return likeTo(r.Server, l.guess(serverOf(r)))
}

// likeTo returns a peer's name with what it looks like behind it. Either may be empty.
func likeTo(name string, like session.Guess) string {
	if looks := like.String(); name != "" && looks != "" {
		return name + " (" + looks + ")"
	}
	return cmp.Or(name, like.String())
}

// guessed matches what a peer's name says that it looks like: all of a name, or what stands in
// parentheses behind it. A report keeps names as texts, and may be read from a file: so a guess
// has the words of [session.Guess.String] until it is shown.
var guessed = regexp.MustCompile(`(^|[(]|, )(looks very much like|looks like|may be) [^()]+`)

// likened returns a peer's name with what it looks like in the words of a language.
func likened(name string, l Lang) string {
	var words []string
	for _, k := range [...]key{kLooksMuchLike, kLooksLike, kMayBe, kLikeOr} {
		words = append(words, say(k).in(English), say(k).in(l))
	}
	return guessed.ReplaceAllStringFunc(name, strings.NewReplacer(words...).Replace)
}
