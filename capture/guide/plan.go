package guide

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"anytls-inspect/capture/report"
)

// A Plan says how much is done.
type Plan struct {
	Quick    bool          // everything within a minute
	Duration time.Duration // of the guide's third scenario
	Idle     time.Duration // before a request shows whether an idle session can be used again
	Limit    time.Duration // of all of it: what the pair has not come to by then is not measured; 0: none
	Parts    []string      // the parts that are run, of [PairPart], [LoadPart] and [BothPart]; nil: all
	// Without are steps that are left out of the parts.
	Without []report.StepID

	pace   *pace               // of tests; nil: what Quick says
	begins func(report.StepID) // of tests: told of each step that begins; nil: nobody is
}

// A pace says how often a step does what it does, and how fast.
type pace struct {
	requests int           // of the steps that send a few, one after another
	spacing  time.Duration // between them, where no heartbeats are injected
	beat     time.Duration // between two heartbeats, and between the requests meanwhile
	tries    int           // how many requests in a row fail before no more are sent

	datagrams int

	parallel, atOnce int           // of a round under load
	often            time.Duration // between two heartbeats under load
	bulk             int64         // how much a round downloads and uploads
	answered         uint64        // how many heartbeats toward each side are enough
	rounds           int           // and how many rounds at most

	turns     int           // of downloads, with heartbeats and without
	turn      time.Duration // about how long one is to take
	turnBeat  time.Duration // between the heartbeats meanwhile
	turnBytes int64         // the most of one

	spans    int // pairs of them, with heartbeats and without, in which CPU time is measured
	span     time.Duration
	spanBeat time.Duration

	readLogs time.Duration // for all logs of a part, at most
	patience time.Duration // of starting an end, and of ending a step whose time is over
}

// steps returns how the steps are done.
func (p Plan) steps() pace {
	if p.pace != nil {
		return *p.pace
	}
	usual := pace{
		requests: 10, spacing: 100 * time.Millisecond, beat: time.Second, tries: 3,
		datagrams: 10,
		parallel:  200, atOnce: 8, often: 100 * time.Millisecond, bulk: 50 << 20, answered: 100, rounds: 20,
		turns: 30, turn: 250 * time.Millisecond, turnBeat: 100 * time.Millisecond, turnBytes: 64 << 20,
		spans: 6, span: 3 * time.Second, spanBeat: time.Second,
		readLogs: 10 * time.Second, patience: 20 * time.Second,
	}
	if p.Quick {
		usual.beat = 200 * time.Millisecond
		usual.bulk, usual.answered = 16<<20, 25
		usual.turns, usual.turn, usual.turnBeat = 20, 100*time.Millisecond, 40*time.Millisecond
		usual.span, usual.spanBeat = time.Second, 500*time.Millisecond
	}
	return usual
}

// The parts by name, in the order in which they are run. A part is a scenario of the report, and has a
// recording of its own.
const (
	PairPart = "pair" // requests, heartbeats, datagrams, targets, an idle time, and what the ends logged
	LoadPart = "load" // under load
	BothPart = "both" // the guide's third scenario
)

// A part of a plan is a scenario with a rig of its own.
type part struct {
	name  string
	kind  func(*Config) report.Kind
	title words // empty: the kind's own
	// beat is the time between two heartbeats in it.
	beat  func(*pace) time.Duration
	steps []step
}

// A step of a plan.
type step struct {
	id report.StepID
	// takes is about how long it takes.
	takes func(*run) time.Duration
	// unfit says why it can't be measured of such a pair; nil, or empty: it can.
	unfit func(*run) words
	// needs is what has to be there before it.
	needs need
	// do measures it, and writes what it measured into the scenario. The error says why
	// that could not be done: [unmeasured] where it is nobody's fault.
	do func(context.Context, *partRun) error
}

// A need is what a step has to find.
type need uint8

const (
	needsNothing  need = iota
	needsLog           // a log, as it is by now: whatever has become of the pair, and of the run
	needsRig           // the pair with the relay in between
	needsRequests      // and of the requests through it one has succeeded
	needsAnswers       // the pair with the relay, and no heartbeat was lost in the part so far
)

// unmeasured is why something could not be measured without anybody's fault.
type unmeasured struct{ why string }

// Error implements error.
func (u unmeasured) Error() string { return u.why }

// errOver is why a run is over that has come to its limit.
var errOver = errors.New("the time of the run was over")

// errLate is why a step is ended that takes far longer than it may.
var errLate = errors.New("it was ended, since it took too long")

// parts returns what is done, in order.
func (p Plan) parts() []part {
	all := slices.DeleteFunc(allParts(), func(part part) bool { return p.Parts != nil && !slices.Contains(p.Parts, part.name) })
	for i := range all {
		all[i].steps = slices.DeleteFunc(all[i].steps, func(s step) bool { return slices.Contains(p.Without, s.id) })
	}
	return all
}

func allParts() []part {
	return []part{
		{
			name: PairPart, kind: kindOf, beat: func(p *pace) time.Duration { return p.beat },
			steps: []step{
				{report.StepDirect, takesFew, unfitDirect, needsNothing, direct},
				{report.StepRelayed, takesFew, nil, needsRig, relayed},
				{report.StepHeartbeats, takesHeartbeats, nil, needsRequests, heartbeats},
				{report.StepUDP, takesASecond, unfitTarget, needsRequests, datagrams},
				{report.StepTargets, takesTargets, unfitTarget, needsRequests, targets},
				{report.StepIdle, takesIdle, nil, needsRequests, idle},
				{report.StepLogs, takesASecond, unfitLogs, needsLog, logs},
			},
		},
		{
			name: LoadPart, kind: func(*Config) report.Kind { return report.Pair }, title: underLoad,
			beat: func(p *pace) time.Duration { return p.often },
			steps: []step{
				{report.StepLoad, takesLoad, nil, needsRig, load},
				{report.StepThroughput, takesThroughput, nil, needsAnswers, throughput},
			},
		},
		{
			name: BothPart, kind: func(*Config) report.Kind { return report.BothDirections },
			beat: func(p *pace) time.Duration { return p.beat },
			steps: []step{
				{report.StepBoth, takesBoth, nil, needsRig, both},
				{report.StepCPU, takesCPU, unfitCPU, needsAnswers, cpu},
			},
		},
	}
}

// kindOf returns which of the guide's first two scenarios a pair is, if one.
func kindOf(c *Config) report.Kind {
	switch [2]string{strings.ToLower(c.Server.Peer.Language), strings.ToLower(c.Client.Peer.Language)} {
	case [2]string{"rust", "go"}:
		return report.RustServerGoClient
	case [2]string{"go", "rust"}:
		return report.GoServerRustClient
	default:
		return report.Pair
	}
}

// lacks says why a step can't be measured of such a pair; empty: it can.
func (s *step) lacks(r *run) words {
	if s.unfit == nil {
		return words{}
	}
	return s.unfit(r)
}

// starting is about how long a pair takes to start.
const starting = time.Second

// few is how long the small requests of a step take.
func (p *pace) few(spacing time.Duration) time.Duration { return time.Duration(p.requests) * spacing }

func takesFew(r *run) time.Duration        { return starting + r.pace.few(r.pace.spacing) }
func takesHeartbeats(r *run) time.Duration { return r.pace.few(r.pace.beat) }
func takesASecond(*run) time.Duration      { return time.Second }
func takesTargets(*run) time.Duration      { return 4 * time.Second }
func takesIdle(r *run) time.Duration       { return r.cfg.Plan.Idle }
func takesBoth(r *run) time.Duration       { return starting + r.cfg.Plan.Duration }

func takesLoad(r *run) time.Duration {
	return starting + time.Duration(r.pace.answered)*r.pace.often
}

func takesThroughput(r *run) time.Duration {
	return time.Duration(2*r.pace.turns) * r.pace.turn
}

func takesCPU(r *run) time.Duration {
	return time.Duration(2*r.pace.spans) * (r.pace.spanBeat/2 + r.pace.span)
}

// limit is how long a step may take at most. A step that only waits for slow peers ends by
// itself before that.
func (s *step) limit(r *run) time.Duration { return 3*s.takes(r) + 6*r.pace.patience }
