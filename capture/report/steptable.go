package report

import (
	"strconv"

	"anytls-inspect/protocol/session"
)

// The tables of a run of the guide: its steps, its targets, and what the ends logged.

// stepTable has a row for each step. It has none where the scenario is of no such run.
func (s *Scenario) stepTable(l Lang) table {
	t := table{Title: say(kSteps).in(l), Head: heads(l, kStepColumn, kResultColumn, kFoundColumn, kTookColumn), statusAt: 1, Cards: true}
	for at := range s.shownSteps() {
		step := &s.Steps[at]
		status, found := s.judgeStep(at)
		t.Statuses = append(t.Statuses, status)
		t.Rows = append(t.Rows, []string{step.ID.title().in(l), status.text().in(l), found.marked(l), took(step.Took)})
	}
	return t
}

// took returns how long something took, a dash where nobody knows.
func took(m session.Millis) string {
	switch {
	case m <= 0:
		return "–"
	case m < everySecond:
		return m.String()
	default:
		return short(m / (everySecond / 10) * (everySecond / 10))
	}
}

func (s *Scenario) targetTable(l Lang) table {
	t := table{Title: say(kTargetsTable).in(l), Head: heads(l, kTargetColumn, kResultColumn, kFoundColumn, kTookColumn), statusAt: 1, Cards: true}
	for i := range s.Targets[:min(len(s.Targets), maxRows)] {
		k := &s.Targets[i]
		status, found := Passed, clean(k.Text)
		switch {
		case !k.OK && s.alone():
			status = NotMeasured
		case !k.OK:
			status = Failed
		}
		if found == "" {
			found = "–"
		}
		t.Statuses = append(t.Statuses, status)
		t.Rows = append(t.Rows, []string{k.name().in(l), status.text().in(l), found, took(k.Took)})
	}
	return t
}

// logTable has the lines of both logs, quoted.
func (s *Scenario) logTable(l Lang) table {
	t := table{Title: say(kLogsTable).in(l), Head: heads(l, kLogColumn, kItemColumn, kLinesColumn, kDueColumn, kFirstColumn), Cards: true}
	for i := range s.Logs[:min(len(s.Logs), maxRows)] {
		log := &s.Logs[i]
		item, peer := literal(clean(log.Item)), literal(clean(log.Peer))
		for _, i := range logItems {
			if i.name == log.Item {
				item = say(i.title)
			}
		}
		for _, p := range logPeers {
			if p.peer == log.Peer {
				peer = say(p.short)
			}
		}
		due, line := "–", literal("–")
		if log.Due > 0 {
			due = strconv.FormatUint(log.Due, 10)
		}
		switch {
		case log.Error != "":
			line = say(kLogUnread, clean(log.Error))
		case log.Line != "":
			line = log.quoted()
		}
		t.Rows = append(t.Rows, []string{peer.in(l), item.in(l), strconv.FormatUint(log.Count, 10), due, line.marked(l)})
	}
	return t
}
