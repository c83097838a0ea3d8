package report

import "strings"

// An Item is one line of the checklist. Its id is stable.
type Item struct {
	ID     string
	Group  string // "function", "logs" or "performance", as in the guide
	Status Status
	// Evidence has an entry for each scenario that the item is about.
	Evidence []Evidence
	title    key
	how      key  // how to measure it
	decides  bool // see [check.decides]
	lightly  bool // see [check.lightly]
	unseen   bool // it would say more if all had been seen
}

// Evidence is what one scenario shows of an item.
type Evidence struct {
	Scenario int // from 1
	Status   Status
	text     text
}

// Title returns the item's title in a language.
func (i *Item) Title(l Lang) string { return say(i.title).in(l) }

// Text says in a language what was seen, with figures, or why nothing was.
func (e *Evidence) Text(l Lang) string { return e.text.in(l) }

// The groups of the guide's checklist.
const (
	groupFunction    = "function"
	groupLogs        = "logs"
	groupPerformance = "performance"
)

// A check fills in an item of the checklist.
type check struct {
	id    string
	group string
	title key
	how   key
	// decides says that peers are not fully compatible as long as the item is neither
	// measured nor observed.
	decides bool
	// about chooses the scenarios that the item is about; nil: all. An item without
	// one is left out.
	about func(*Scenario) bool
	// lightly tells of a scenario in which the item failed whether that is told by the verdict,
	// and does not lower it; nil: it is never so.
	lightly func(*Scenario) bool
	// own says that the item rests on what the run did itself, and not on what was seen of
	// sessions.
	own bool
	// measure says what one scenario shows of the item.
	measure func(*Scenario) (Status, text)
}

// checks is the checklist, in the guide's order.
var checks = [...]check{
	{id: "server-answers", group: groupFunction, title: kItemServerAnswers, how: kHowServer, decides: true, measure: serverAnswers},
	{id: "client-answers", group: groupFunction, title: kItemClientAnswers, how: kHowClient, decides: true, measure: clientAnswers},
	{
		id: "rust-server-answers-go-client", group: groupFunction, title: kItemRustServer, how: kHowServer,
		about: languages("rust", "go"), measure: serverAnswers,
	},
	{
		id: "go-server-answers-rust-client", group: groupFunction, title: kItemGoServer, how: kHowServer,
		about: languages("go", "rust"), measure: serverAnswers,
	},
	{
		id: "rust-client-gets-go-answer", group: groupFunction, title: kItemRustClient, how: kHowOwn,
		about: languages("go", "rust"), measure: clientIsAnswered,
	},
	{
		id: "go-client-gets-rust-answer", group: groupFunction, title: kItemGoClient, how: kHowOwn,
		about: languages("rust", "go"), measure: clientIsAnswered,
	},
	{id: "proxying-unaffected", group: groupFunction, title: kItemProxying, how: kHowProxying, decides: true, measure: proxying},
	{id: "repeated-heartbeats", group: groupFunction, title: kItemRepeated, how: kHowRepeated, decides: true, measure: repeated},
	{id: "under-load", group: groupFunction, title: kItemLoad, how: kHowLoad, decides: true, measure: underLoad},
	{id: "ten-minutes", group: groupFunction, title: kItemLong, how: kHowLong, decides: true, measure: long},
	{
		id: "relay-changes-nothing", group: groupFunction, title: kItemRelay, how: kHowCompare,
		about: func(s *Scenario) bool { return s.Direct != nil || s.Relayed != nil && s.has(StepDirect) }, own: true, measure: relayChangesNothing,
	},
	{id: "udp", group: groupFunction, title: kItemUDP, how: kGuideUDP, about: func(s *Scenario) bool { return s.UDP != nil }, own: true, measure: datagrams},
	{id: "targets", group: groupFunction, title: kItemTargets, how: kGuideRun, about: func(s *Scenario) bool { return len(s.Targets) > 0 }, own: true, measure: targets},
	{id: "idle-reuse", group: groupFunction, title: kItemIdle, how: kGuideRun, about: func(s *Scenario) bool { return s.Idle != nil }, own: true, measure: reuse},
	{id: "no-error-diagnostics", group: groupLogs, title: kItemNoErrors, how: kHowTraffic, decides: true, measure: noErrors},
	ofLog("server", logReceived, kItemServerReceived),
	ofLog("server", logSent, kItemServerSent),
	ofLog("server", logResponse, kItemServerResponse),
	ofLog("server", logTrouble, kItemServerClean),
	ofLog("client", logReceived, kItemClientReceived),
	ofLog("client", logSent, kItemClientSent),
	ofLog("client", logResponse, kItemClientResponse),
	ofLog("client", logTrouble, kItemClientClean),
	{id: "response-under-100ms", group: groupPerformance, title: kItemFast, how: kHowServer, decides: true, measure: fast},
	{id: "throughput-unaffected", group: groupPerformance, title: kItemThroughput, how: kHowBulk, own: true, measure: throughput},
	{id: "cpu-overhead", group: groupPerformance, title: kItemCPU, how: kHowCPU, own: true, measure: cpu},
}

// ofLog returns the check of an item of the log of a peer.
func ofLog(peer, item string, title key) check {
	c := check{
		id: peer + "-log-" + item, group: groupLogs, title: title, how: kGuideLogs,
		about: hasLog(peer, item), own: true, measure: inLog(peer, item),
	}
	switch item {
	case logResponse:
		c.how = kGuideOwn
	case logTrouble:
		c.id, c.lightly = peer+"-log-clean", onlyWarns(peer)
	}
	return c
}

// languages chooses the scenarios of a server and a client written in these languages.
func languages(server, client string) func(*Scenario) bool {
	return func(s *Scenario) bool {
		return strings.EqualFold(s.Server.Language, server) && strings.EqualFold(s.Client.Language, client)
	}
}

// Checklist returns the guide's checklist, filled in from what was measured and observed. An
// item failed if it failed in one scenario, else it passed if it passed in one, else it was
// observed if it was observed in one.
func (r *Report) Checklist() []Item {
	var list []Item
	for i := range checks {
		c := &checks[i]
		item := Item{ID: c.id, Group: c.group, Status: NotMeasured, title: c.title, how: c.how, decides: c.decides}
		for n := range r.Scenarios {
			s := &r.Scenarios[n]
			if c.about != nil && !c.about(s) {
				continue
			}
			status, text := c.measure(s)
			switch {
			case s.allSkipped():
				status, text = NotMeasured, join(kSemicolon, s.skipped()...)
			case !c.own:
				seen := status
				status, text = s.asSeen(status, text)
				item.unseen = item.unseen || status != seen
			}
			if status == Failed {
				light := c.lightly != nil && c.lightly(s)
				item.lightly = light && (item.lightly || item.Status != Failed)
			}
			item.Evidence = append(item.Evidence, Evidence{Scenario: r.number(n), Status: status, text: text})
			if status.tells() > item.Status.tells() {
				item.Status = status
			}
		}
		if c.about == nil || len(item.Evidence) > 0 {
			list = append(list, item)
		}
	}
	return list
}
