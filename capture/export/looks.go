package export

import (
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// looks are the guesses of which implementations the peers of a session are.
type looks struct {
	Client *guess `json:"client,omitempty"`
	Server *guess `json:"server,omitempty"`
}

// A guess is the JSON form of a [session.Guess].
type guess struct {
	Like []string `json:"like"`
	Sure string   `json:"sure"`
	By   []string `json:"by"`
}

// looksOf returns the guesses of a session, nil where there is none.
func looksOf(x *journal.SessionClose) *looks {
	l := &looks{guessOf(&x.Looks[protocol.Client]), guessOf(&x.Looks[protocol.Server])}
	if *l == (looks{}) {
		return nil
	}
	return l
}

func guessOf(g *session.Guess) *guess {
	if g.Sure == session.NoGuess {
		return nil
	}
	return &guess{g.Names, g.Sure.String(), g.By}
}

// lookingLike says which implementations the peers of a session look like, as a part of a
// sentence; it is empty where nothing can be said.
func lookingLike(x *journal.SessionClose) (text string) {
	for _, peer := range [...]protocol.Peer{protocol.Client, protocol.Server} {
		if like := x.Looks[peer].String(); like != "" {
			text += ", the " + peer.String() + " " + like
		}
	}
	return text
}
