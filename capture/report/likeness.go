package report

import (
	"cmp"
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
	like := l.guess(clientOf(r)).String()
	if name := r.State.Client; name != "" && like != "" {
		return name + " (" + like + ")"
	}
	return cmp.Or(r.State.Client, like)
}

// server names the server of a session by its address, and as it looks.
func (l likeness) server(r *journal.SessionRow) string {
	like := l.guess(serverOf(r)).String()
	if r.Server != "" && like != "" {
		return r.Server + " (" + like + ")"
	}
	return cmp.Or(r.Server, like)
}

// likened returns a peer's name with what it looks like in the words of a language.
func likened(name string, l Lang) string {
	if l != Chinese || !strings.Contains(name, "looks ") && !strings.Contains(name, "may be ") {
		return name
	}
	// These are the words of [session.Guess.String].
	return strings.NewReplacer("looks very much like ", "极似 ", "looks like ", "疑似 ", "may be ", "可能是 ", " or ", " 或 ").Replace(name)
}
