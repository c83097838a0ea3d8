package guide

import (
	"context"

	"anytls-inspect/capture/guide/process"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A logged is what the ends of a rig log that counts: from when the rig was started until the
// targets come that an end may rightly complain of.
type logged struct {
	ends protocol.ByPeer[logPart]
	over bool
	cut  bool                                   // by the end of the run, in a step
	due  protocol.ByPeer[session.TowardFigures] // until then, as the journal counts
}

// A logPart is a part of a log, in bytes.
type logPart struct {
	path     string // empty: there is none
	shared   bool   // others may have had the end log something
	from, to int64
	patterns process.Patterns
}

// logs returns what the ends log from now on.
func (g *rig) logs() (l logged) {
	for _, p := range peers {
		e := &g.ends[p]
		l.ends[p] = logPart{path: e.log(), shared: e.process == nil, from: e.logFrom, to: -1, patterns: e.Patterns}
	}
	return l
}

// known tells whether there is a log.
func (l *logged) known() bool {
	return l.ends[protocol.Server].path != "" || l.ends[protocol.Client].path != ""
}

// until has what the ends have logged since a moment count no more. Only the first call does.
func (l *logged) until(m moment) {
	if l.over {
		return
	}
	l.over, l.due = true, m.due
	for _, p := range peers {
		l.ends[p].to = m.logs[p]
	}
}

// interrupt has that count no more which the ends have logged in a step that the end of the run has cut
// short, since the moment when it began: an end may rightly complain of what it was sent last, and what
// else it logged of the step can't be told from that.
func (l *logged) interrupt(began moment) {
	l.cut = l.cut || !l.over
	l.until(began)
}

// logs reads what the ends have logged. The pair ends before that, so that nothing is missing. A run
// that was ended reads it too, in as much time: a log of which that left nothing to count is not said to
// be empty.
func logs(ctx context.Context, pr *partRun) error {
	pr.finish(ctx)
	reading, cancel := context.WithTimeout(context.WithoutCancel(ctx), pr.pace.readLogs)
	defer cancel()
	for _, p := range peers {
		if part := &pr.logged.ends[p]; part.path != "" && (!pr.logged.cut || part.from < part.to) {
			pr.s.Logs = append(pr.s.Logs, part.read(reading, p, pr.logged.due)...)
		}
	}
	if pr.logged.cut && len(pr.s.Logs) == 0 {
		return context.Cause(ctx)
	}
	return nil
}

// read returns what the log of a peer has of each of the guide's items.
func (l *logPart) read(ctx context.Context, p protocol.Peer, due protocol.ByPeer[session.TowardFigures]) (list []report.Log) {
	found, err := l.patterns.ReadLog(ctx, l.path, l.from, l.to)
	for _, item := range [...]struct {
		name string
		process.Lines
		due uint64
	}{
		{"received", found.Received, due[p].Sent},
		{"sent", found.Sent, due[p].Answered},
		// The relay keeps the answers to its own requests.
		{"response", found.Response, due[p.Other()].Own.Answered},
		{"trouble", found.Trouble, 0},
	} {
		entry := report.Log{
			Peer: p.String(), Item: item.name, Count: item.Count, Line: item.First, Errors: item.Errors, Of: found.Lines, Due: item.due, Shared: l.shared,
		}
		if err != nil {
			entry.Error = err.Error()
		}
		list = append(list, entry)
	}
	return list
}

// unfitLogs says why no log can be read.
func unfitLogs(r *run) words {
	for _, p := range peers {
		if e := r.cfg.end(p); e.Command != nil || e.Log != "" {
			return words{}
		}
	}
	return noLogs
}
