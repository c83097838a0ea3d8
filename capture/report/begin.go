package report

import (
	"slices"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// Where a run did not come as far as a session, or has errors, more of the same shows nothing. The
// report says then what to do first.

// noClient tells whether a relay saw no session at all.
func (s *Scenario) noClient() bool { return s.Kind == Live && s.Sessions == 0 && s.noneAccepted() }

// firstTry returns what the relay's first try of the server came to, where it failed. It is empty
// where it did not.
func (s *Scenario) firstTry() string {
	for i := range s.Diagnostics {
		if d := &s.Diagnostics[i]; d.Code == journal.CodePreflight {
			return clean(d.Text)
		}
	}
	return ""
}

// begun tells whether a scenario of the report came as far as a session. Where none did, advice
// on how to measure this or that leads nowhere.
func (r *Report) begun() bool {
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		if !s.failedToBegin() && !s.noClient() && !s.neverRan() && !s.allSkipped() {
			return true
		}
	}
	return len(r.Scenarios) == 0
}

// carriedWithErrors tells whether streams carried payload in a scenario that has errors, which keep
// its traffic from showing more.
func (r *Report) carriedWithErrors() bool {
	return slices.ContainsFunc(r.Scenarios, func(s Scenario) bool {
		return s.Passing != nil && s.Passing.Carried > 0 && s.count(session.Error) > 0
	})
}

// guideHows has how a run of the guide measures, and mends, what other runs do otherwise.
var guideHows = map[key]key{
	kHowServer: kGuideRun, kHowClient: kGuideRun, kHowProxying: kGuideRun, kHowLoad: kGuideRun, kHowRepeated: kGuideRun,
	kHowBulk: kGuideRun, kHowTraffic: kGuideRun, kHowLong: kGuideLong, kHowCPU: kGuideQuiet, kHowCompare: kGuideDirect,
	kAdviceRequests: kAdviceRecord, kAdviceRelayBreaks: kAdviceRelayRecord,
}

// guided tells whether the scenario is a part of a run of the guide.
func (s *Scenario) guided() bool { return len(s.Steps) > 0 }

// byGuide returns advice as it is where the scenario is a part of a run of the guide.
func (s *Scenario) byGuide(advice key) key {
	if guided, other := guideHows[advice]; other && s.guided() {
		return guided
	}
	return advice
}

// guided tells whether the report is of a run of the guide.
func (r *Report) guided() bool {
	return slices.ContainsFunc(r.Scenarios, func(s Scenario) bool { return s.guided() })
}

// toBegin says what to do before anything can be measured.
func (r *Report) toBegin() text {
	if r.guided() && !slices.ContainsFunc(r.Scenarios, func(s Scenario) bool { return !s.allSkipped() }) {
		return say(kAdviceAgain)
	}
	for i := range r.Scenarios {
		if s := &r.Scenarios[i]; !s.noClient() && !s.allSkipped() || s.firstTry() != "" {
			return say(kAdviceBegin)
		}
	}
	return say(kAdviceConnect)
}
