package report

import "slices"

// What the logs of peers have of the guide's items. A log that says nothing of heartbeats says
// nothing about them either: many a program logs none, and answers all.

// The items of a log.
const (
	logReceived = "received"
	logSent     = "sent"
	logResponse = "response"
	logTrouble  = "trouble"
)

// logPeers are the peers whose logs are looked at, and what they are called.
var logPeers = [...]struct {
	peer        string
	name, short key
}{{"server", kServersLog, kServerWord}, {"client", kClientsLog, kClientWord}}

// log returns what the log of a peer has of an item, nil where nobody looked.
func (s *Scenario) log(peer, item string) *Log {
	at := slices.IndexFunc(s.Logs, func(l Log) bool { return l.Peer == peer && l.Item == item })
	if at < 0 {
		return nil
	}
	return &s.Logs[at]
}

// hasLog chooses the scenarios in which somebody looked for an item in the log of a peer.
func hasLog(peer, item string) func(*Scenario) bool {
	return func(s *Scenario) bool { return s.log(peer, item) != nil }
}

// inLog measures an item of the log of a peer.
func inLog(peer, item string) func(*Scenario) (Status, text) {
	return func(s *Scenario) (Status, text) { return s.inLog(peer, item) }
}

func (s *Scenario) inLog(peer, item string) (Status, text) {
	l := s.log(peer, item)
	switch {
	case l == nil:
		return NotMeasured, say(kNoLog)
	case l.Error != "":
		return NotMeasured, say(kLogUnread, clean(l.Error))
	case item == logTrouble:
		return l.trouble()
	case l.Of == 0:
		return NotMeasured, say(kLogEmpty)
	case l.Count == 0 && l.Due == 0 && item == logResponse:
		return NotMeasured, say(kLogNoneDue)
	case l.Count == 0 && !s.mentions(peer):
		return NotMeasured, say(kLogSilent)
	case l.Count == 0:
		return NotMeasured, say(kLogHasNone)
	}
	said := counted(l.Count, kOneLine, kSomeLines)
	if l.Due > 0 && l.Count < l.Due {
		said = join(kComma, said, say(kLogDue, l.Due))
	}
	return Passed, join(kComma, said, say(kTheFirst, l.quoted()))
}

// mentions tells whether the log of a peer has a line about heartbeats.
func (s *Scenario) mentions(peer string) bool {
	return slices.ContainsFunc(s.Logs, func(l Log) bool { return l.Peer == peer && l.Item != logTrouble && l.Count > 0 })
}

// trouble judges the errors and warnings of a log.
func (l *Log) trouble() (Status, text) {
	switch {
	case l.Count == 0 && l.Of == 0:
		return NotMeasured, say(kLogEmpty)
	case l.Count == 0:
		return Passed, say(kLogClean, counted(l.Of, kOneLine, kSomeLines))
	}
	said := l.troubles()
	switch {
	case l.warns() && l.Errors > 0:
		said = join(kSemicolon, said, say(kMayBeOthers))
	case l.warns():
		said = join(kSemicolon, said, say(kOnlyWarns))
	}
	return Failed, said
}

// troubles counts errors and warnings, and quotes the first of the worse.
func (l *Log) troubles() text {
	var list []text
	errors := min(l.Errors, l.Count)
	if errors > 0 {
		list = append(list, counted(errors, kOneError, kSomeErrors))
	}
	if warnings := l.Count - errors; warnings > 0 {
		list = append(list, counted(warnings, kOneWarning, kSomeWarnings))
	}
	return join(kComma, append(list, say(kTheFirst, l.quoted()))...)
}

// warns tells whether a log has trouble that is no worse than warnings: an error, too, where it may
// be about what others did.
func (l *Log) warns() bool { return l.Count > 0 && (l.Errors == 0 || l.Shared) }

// quoted returns the line, marked as such.
func (l *Log) quoted() text { return say(kQuoted, cleanLine(l.Line)) }

// onlyWarns tells whether the trouble in the log of a peer is warnings. The guide asks for a log
// without them, and so the item fails. But a program may warn of what has nothing to do with the
// pair, such as a certificate that is not verified: nothing that was measured rests on it, and so
// the verdict tells it, and does not follow from it. An error stands against the pair.
func onlyWarns(peer string) func(*Scenario) bool {
	return func(s *Scenario) bool {
		l := s.log(peer, logTrouble)
		return l != nil && l.Error == "" && l.warns()
	}
}

// logItems are the items of a log, in the guide's order.
var logItems = [...]struct {
	name  string
	title key
}{{logReceived, kLogReceived}, {logSent, kLogSent}, {logResponse, kLogResponse}, {logTrouble, kLogTrouble}}

// logged says in short what both logs have of all items. Warnings are told, as in the verdict. Where
// neither log mentions heartbeats, it is not measured.
func (s *Scenario) logged() (Status, text) {
	status := NotMeasured
	var list []text
	for _, p := range logPeers {
		var said, open []text // open: why the first item of the log is not measured, if it is not
		for _, item := range logItems {
			l := s.log(p.peer, item.name)
			if l == nil {
				continue
			}
			one, evidence := s.inLog(p.peer, item.name)
			switch {
			case one == NotMeasured:
				if len(said)+len(open) == 0 {
					open = []text{evidence}
				}
				continue
			case item.name != logTrouble:
				evidence = join(kColon, say(item.title), counted(l.Count, kOneLine, kSomeLines))
			case l.Count == 0:
				evidence = join(kColon, say(item.title), evidence)
				one = NotMeasured // alone it says nothing of heartbeats
			case l.warns():
				one = NotMeasured
			}
			said = append(said, evidence)
			if one.tells() > status.tells() {
				status = one
			}
		}
		if !s.mentions(p.peer) {
			said = slices.Concat(open, said)
		}
		if len(said) > 0 {
			list = append(list, join(kColon, say(p.short), join(kComma, said...)))
		}
	}
	if len(list) == 0 {
		return NotMeasured, say(kNoLog)
	}
	return status, join(kSemicolon, list...)
}
