package report

import "anytls-inspect/capture/journal"

// The keys of what is counted: one of it, and some.
const (
	kOneErrorFound key = keysOfSteps + iota
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
	kOneGap
	kSomeGaps
	kOneByte
	kSomeBytes
	kOneSession
	kSomeSessions
	kNoneOf
	kOneRejected
	kSomeRejected
	kOneUnanswered
	kSomeUnanswered
	kOneTLSFailed
	kSomeTLSFailed

	keysOfCounts // the number of keys so far; pairwords.go has the others
)

// countWords has the phrases of what is counted.
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
	kOneGap:          {"1 gap", " 1 处缺口"},
	kSomeGaps:        {"%s gaps", " %s 处缺口"},
	kOneByte:         {"1 byte", " 1 字节"},
	kSomeBytes:       {"%s bytes", " %s 字节"},
	kOneSession:      {"1 session", "1 个会话"},
	kSomeSessions:    {"%s sessions", "%s 个会话"},
	kNoneOf:          {"none", "0"},
	kOneRejected:     {"1 session was rejected by the server", "服务器拒绝了 1 个会话"},
	kSomeRejected:    {"%s sessions were rejected by the server", "服务器拒绝了 %s 个会话"},
	kOneUnanswered:   {"1 session got no answer from the server", "服务器未应答 1 个会话"},
	kSomeUnanswered:  {"%s sessions got no answer from the server", "服务器未应答 %s 个会话"},
	kOneTLSFailed:    {"in 1 session TLS failed", "1 个会话的 TLS 失败"},
	kSomeTLSFailed:   {"in %s sessions TLS failed", "%s 个会话的 TLS 失败"},
}

// counted counts things in the words for one, and for some.
func counted(n uint64, one, some key) text {
	if n == 1 {
		return say(one)
	}
	return say(some, journal.Grouped(n))
}

// amount returns a number, or the word for none.
func amount(n uint64) text {
	if n == 0 {
		return say(kNoneOf)
	}
	return literal(journal.Grouped(n))
}

// found counts what stands as errors.
func found(n uint64) text { return counted(n, kOneErrorFound, kSomeErrorsFound) }

// tally counts diagnostics by severity, and what they were found in.
func tally(errors, warnings, notes, sessions, frames uint64) text {
	return say(kDiagnosticFigures,
		counted(errors, kOneError, kSomeErrors), counted(warnings, kOneWarning, kSomeWarnings), counted(notes, kOneNote, kSomeNotes),
		counted(sessions, kOneSession, kSomeSessions), counted(frames, kOneFrame, kSomeFrames))
}
