package report

import (
	"cmp"
	"strconv"

	"anytls-inspect/capture/journal"
)

// A Route is one of several routes of a relay, and how many sessions came by it.
type Route struct {
	Name     string `json:"name"`
	Listen   string `json:"listen"` // host:port; empty: not known, as in a recording
	Server   string `json:"server"` // host:port
	Sessions uint64 `json:"sessions"`
}

// by notes the routes that the sessions came by, where there were several.
func (s *Scenario) by(j *journal.Journal) {
	s.Routes = nil
	for _, r := range journal.Look(j, journal.AskRoutes{}) {
		s.Routes = append(s.Routes, Route(r))
	}
}

func (s *Scenario) routeTable(l Lang) table {
	t := table{Title: say(kRoutes).in(l), Head: heads(l, kRouteColumn, kListenColumn, kServerWord, kSessionsColumn)}
	for _, r := range s.Routes {
		t.Rows = append(t.Rows, []string{
			clean(r.Name), cmp.Or(clean(r.Listen), "–"), cmp.Or(clean(r.Server), "–"), strconv.FormatUint(r.Sessions, 10),
		})
	}
	return t
}
