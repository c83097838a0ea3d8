package interop

import (
	"context"
	"math"
	"strings"
	"sync"

	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
)

// A Guided is what a run of the guide says of a pair.
type Guided struct {
	guide.Result
	Scenarios []report.Scenario
	// Looks are the guesses of the peers' implementations, by the peers' names: each is the names of
	// one guess.
	Looks map[string][][]string
}

// Guide runs the guide on the pair, with files in dir, until its end or until ctx ends. The error says
// why it can't be run.
func (p Pair) Guide(ctx context.Context, dir string, plan guide.Plan, lang report.Lang) (*Guided, error) {
	cfg := guide.Config{Plan: plan, Dir: dir, Lang: lang}
	var err error
	if cfg.Server, err = p.Server.End(ctx, protocol.Server); err != nil {
		return nil, err
	}
	if cfg.Client, err = p.Client.End(ctx, protocol.Client); err != nil {
		return nil, err
	}
	g := &Guided{Looks: make(map[string][][]string)}
	var mu sync.Mutex // guards the guesses
	cfg.Seen = func(_ string, j *journal.Journal) {
		mu.Lock()
		defer mu.Unlock()
		g.guesses(j)
	}
	m := guide.NewMatrix([]guide.Config{cfg})
	m.Over = func(r guide.Result) { g.Result = r }
	g.Scenarios = m.Run(ctx)
	return g, nil
}

// guesses takes what the sessions of a journal look like.
func (g *Guided) guesses(j *journal.Journal) {
	rows := journal.Look(j, journal.AskSessions{Window: journal.Window{From: 0, Limit: math.MaxInt}}).Rows
	for i := range rows {
		for _, p := range [...]protocol.Peer{protocol.Server, protocol.Client} {
			if names := rows[i].State.LooksLike(p).Names; len(names) > 0 {
				g.Looks[p.String()] = append(g.Looks[p.String()], names)
			}
		}
	}
}

// named returns what a report calls a peer.
func (p Peer) named() report.Peer {
	return report.Peer{Name: p.implementation(), Version: strings.TrimPrefix(p.Version, "v"), Language: p.Language}
}
