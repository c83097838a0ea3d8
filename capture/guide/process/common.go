package process

import (
	"regexp"
	"strings"
)

// common returns the ways in which programs say what the guide looks for in their logs, the most
// certain first. Those before the last are of programs that were run: jxo-me's anytls-rs
// ("Received HeartRequest", and where its level is INFO "Processing frame cmd=HeartRequest"), and
// ssrlive's anytls ("stage=frame_received command=CMD_HEART_REQUEST(8)").
func common(kind int) []func(line string) bool {
	switch kind {
	case received:
		return heartbeats("req", receivedWays)
	case sent:
		return heartbeats("resp", sentWays)
	case response:
		return heartbeats("resp", responseWays)
	}
	return []func(string) bool{isTrouble}
}

var (
	receivedWays = ways(
		`received heart_?request\b`,
		`\bstage=frame_received command=cmd_heart_request\b`,
		`processing frame cmd=heart_?request\b`,
		in+`heart[ _-]?(beat)?[ _-]?req(uest)?\b`,
	)
	sentWays = ways(
		`\bsent heart_?response\b`,
		`about to send frame header: cmd=9\b`,
		`\b(sent|wrote|replied with)`+between+`heart[ _-]?(beat)?[ _-]?resp(onse)?\b`,
	)
	responseWays = ways(
		`received heart_?response\b`,
		`\bstage=frame_received command=cmd_heart_response\b`,
		`processing frame cmd=heart_?response\b`,
		in+`heart[ _-]?(beat)?[ _-]?resp(onse)?\b`,
	)
)

// What programs that nobody has run may write: few words lie between what happened and to what.
const (
	in      = `\b(received?|recv|got|incoming)` + between
	between = `(\W+(a|an|the|new|frame|cmd|command|type|from|client|server|peer))*\W+(cmd_)?`
)

func ways(patterns ...string) []*regexp.Regexp {
	var all []*regexp.Regexp
	for _, pattern := range patterns {
		all = append(all, regexp.MustCompile(`(?i)`+pattern))
	}
	return all
}

// heartbeats wraps expressions so that they are tried on no line that can't be of heartbeats of a
// kind: most of a log is not, and there can be much of it.
func heartbeats(kind string, ways []*regexp.Regexp) []func(string) bool {
	var all []func(string) bool
	for _, re := range ways {
		all = append(all, func(line string) bool {
			may := containsFold(line, "heart") && containsFold(line, kind) || strings.Contains(line, "cmd=9")
			return may && re.MatchString(line)
		})
	}
	return all
}

// containsFold is [strings.Contains] for a word in small letters, whatever the case of the text.
func containsFold(text, word string) bool {
	for i := 0; i+len(word) <= len(text); i++ {
		if text[i]|0x20 == word[0] && strings.EqualFold(text[i:i+len(word)], word) {
			return true
		}
	}
	return false
}
