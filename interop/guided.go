package interop

import (
	"context"
	"math"

	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
)

// A Guided is what a run of the guide says of a pair, and what its relay saw beside.
type Guided struct {
	guide.Result
	Scenarios []report.Scenario
	Seen
}

// A Seen is what the relay of a run saw that no report tells.
type Seen struct {
	// Looks are the guesses of the peers' implementations, by the peers' names: each is the names of
	// one guess.
	Looks map[string][][]string
	FINs  protocol.ByPeer[bool] // which peers sent any
	Most  uint64                // streams that a session had
}

// Guide runs the guide on the pair, with files in dir, until its end or until ctx ends. The error says
// why it can't be run.
func (p Pair) Guide(ctx context.Context, dir string, plan guide.Plan, lang report.Lang) (*Guided, error) {
	g := &Guided{Seen: Seen{Looks: make(map[string][][]string)}}
	cfg := guide.Config{Plan: plan, Dir: dir, Lang: lang, Seen: func(_ string, j *journal.Journal) { g.look(j) }}
	var err error
	if cfg.Server, err = p.Server.End(ctx, protocol.Server); err != nil {
		return nil, err
	}
	if cfg.Client, err = p.Client.End(ctx, protocol.Client); err != nil {
		return nil, err
	}
	m := guide.NewMatrix([]guide.Config{cfg})
	m.Over = func(r guide.Result) { g.Result = r }
	g.Scenarios = m.Run(ctx)
	return g, nil
}

// look takes what the journal of a relay shows.
func (s *Seen) look(j *journal.Journal) {
	rows := journal.Look(j, journal.AskSessions{Window: journal.Window{Limit: math.MaxInt}}).Rows
	for i := range rows {
		s.Most = max(s.Most, rows[i].State.Streams)
		for _, p := range [...]protocol.Peer{protocol.Server, protocol.Client} {
			if names := rows[i].State.LooksLike(p).Names; len(names) > 0 {
				s.Looks[p.String()] = append(s.Looks[p.String()], names)
			}
		}
	}
	for dir, sender := range [...]protocol.Peer{protocol.ClientToServer: protocol.Client, protocol.ServerToClient: protocol.Server} {
		s.FINs[sender] = s.FINs[sender] || hasSent(j, protocol.Direction(dir), protocol.FIN)
	}
}

// hasSent tells whether a journal has a frame of a command in a direction.
func hasSent(j *journal.Journal, dir protocol.Direction, cmd protocol.Command) bool {
	ask := journal.AskFrames{
		Before: 1, Search: new(journal.Search),
		Match: func(e *journal.Entry) bool { return !e.Preamble && e.Dir == dir && e.Header.Command == cmd },
	}
	for {
		found := journal.Look(j, ask)
		if len(found.Rows) > 0 || !found.Unfinished {
			return len(found.Rows) > 0
		}
	}
}
