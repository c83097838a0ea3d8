package report

import (
	"slices"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// The keys of what is counted, and of runs in which there was nothing to count.
const (
	kOneErrorFound key = keysOfMachine + iota
	kSomeErrorsFound
	kTheWorst
	kOneError
	kSomeErrors
	kOneWarning
	kSomeWarnings
	kOneNote
	kSomeNotes
	kOneFrame
	kSomeFrames
	kOneStream
	kSomeStreams

	kNoClient
	kPingCarriesNothing
	kHowMend
	kAdviceBegin
	kAdviceConnect
	kAndTitle
	kShownOnPurpose

	keys // the number of all keys
)

// countWords has the phrases of what is counted, and of runs in which there was nothing to count.
var countWords = map[key]phrase{
	kOneErrorFound:   {"1 error", "1 条错误"},
	kSomeErrorsFound: {"%s errors", "%s 条错误"},
	kTheWorst:        {"%s, the worst: %s", "%s，最严重的是：%s"},
	kOneError:        {"1 error", "错误 1"},
	kSomeErrors:      {"%s errors", "错误 %s"},
	kOneWarning:      {"1 warning", "警告 1"},
	kSomeWarnings:    {"%s warnings", "警告 %s"},
	kOneNote:         {"1 note", "提示 1"},
	kSomeNotes:       {"%s notes", "提示 %s"},
	kOneFrame:        {"1 frame", "1 帧"},
	kSomeFrames:      {"%s frames", "%s 帧"},
	kOneStream:       {"1 stream", "流 1 个"},
	kSomeStreams:     {"%s streams", "流 %s 个"},

	kNoClient:           {"no client connected", "没有客户端连接"},
	kPingCarriesNothing: {"a ping carries no traffic", "ping 不传输代理流量"},
	kHowMend:            {"mend what the errors say, and run it again", "先解决错误所指的问题，再重新运行"},
	kAdviceBegin: {
		"Mend that first, and run it again: nothing else can be measured before a session comes about.",
		"请先解决以上问题再重新运行：会话建立之前，其余项目均无法测量。",
	},
	kAdviceConnect: {
		"Point a client at the address where the relay listens, use it, and run it again: nothing can be measured before it connects.",
		"请将客户端的服务器地址指向中继的监听地址，使用该客户端并重新运行：客户端连接之前，各项目均无法测量。",
	},
	kAndTitle: {"”, “", "”、“"},
	kShownOnPurpose: {
		"the demo shows some failures on purpose: a wrong password, a refused target, a client that does not speak AnyTLS",
		"演示中有意包含一些失败：错误的密码、被拒绝的目标、不使用 AnyTLS 的客户端",
	},
}

// found counts what stands as errors.
func found(n uint64) text { return counted(n, kOneErrorFound, kSomeErrorsFound) }

// tally counts diagnostics by severity, and what they were found in.
func tally(errors, warnings, notes, sessions, frames uint64) text {
	return say(kDiagnosticFigures,
		counted(errors, kOneError, kSomeErrors), counted(warnings, kOneWarning, kSomeWarnings), counted(notes, kOneNote, kSomeNotes),
		counted(sessions, kOneSession, kSomeSessions), counted(frames, kOneFrame, kSomeFrames))
}

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
		if !s.failedToBegin() && !s.noClient() && (s.Failure == "" || s.ran()) {
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

// toBegin says what to do before anything can be measured.
func (r *Report) toBegin() text {
	for i := range r.Scenarios {
		if s := &r.Scenarios[i]; !s.noClient() || s.firstTry() != "" {
			return say(kAdviceBegin)
		}
	}
	return say(kAdviceConnect)
}
