package guide

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// idle leaves the pair alone, but for the heartbeats, and then sends a request: an idle session
// is used again, or another one is opened in time.
func idle(ctx context.Context, pr *partRun) error {
	j := pr.rig.relaying.journal
	began, before := time.Now(), journal.Look(j, journal.AskSummary{})
	if err := pause(ctx, pr.cfg.Plan.Idle); err != nil {
		return err
	}
	waited, after := time.Since(began), journal.Look(j, journal.AskSummary{})
	by := closers(j, began)
	t := pr.rig.proxy.Spaced(ctx, 1, pr.pace.spacing)
	if t.Requests == 0 || cut(ctx) {
		return context.Cause(ctx)
	}
	pr.s.Idle = &report.Idle{
		Waited: session.Millis(waited), Traffic: t,
		Sessions: journal.Look(j, journal.AskSummary{}).Sessions - after.Sessions,
		Closed:   closed(after) - closed(before),
	}
	if len(by) > 0 {
		pr.s.Notes = append(pr.s.Notes, idleNote.in(pr.cfg.Lang, strings.Join(by, ", ")))
	}
	return nil
}

// closed returns how many sessions have ended.
func closed(s journal.Summary) uint64 { return s.Sessions - uint64(s.Live) }

// closers returns who closed sessions since a time, and how many, as far as the journal holds
// them.
func closers(j *journal.Journal, since time.Time) (list []string) {
	const most = 64 // the newest ones
	by := make(map[session.Closer]int)
	rows := journal.Look(j, journal.AskSessions{Window: journal.Window{From: math.MaxInt, Limit: most}}).Rows
	for i := range rows {
		if rows[i].Closed && rows[i].ClosedAt.After(since) {
			by[rows[i].State.ClosedBy]++
		}
	}
	for closer, n := range by {
		list = append(list, fmt.Sprintf("%v (%d)", closer, n))
	}
	slices.Sort(list)
	return list
}
