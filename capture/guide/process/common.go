package process

import (
	"regexp"
	"slices"
	"strings"
)

// common returns the ways in which programs say what the guide looks for in their logs, the most
// certain first. Those before the last are of programs that were run: jxo-me's anytls-rs
// ("Received HeartRequest", and where its level is INFO "Processing frame cmd=HeartRequest"), and
// ssrlive's anytls ("stage=frame_received command=CMD_HEART_REQUEST(8)").
func common(kind int) []func(line string) bool {
	switch kind {
	case received:
		return heartbeats(receivedWays)
	case sent:
		return heartbeats(sentWays)
	case response:
		return heartbeats(responseWays)
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

// heartbeats wraps expressions so that they are tried on no line that can't be of heartbeats:
// most of a log is not, and there can be much of it.
func heartbeats(ways []*regexp.Regexp) []func(string) bool {
	var all []func(string) bool
	for _, re := range ways {
		all = append(all, func(line string) bool {
			return (containsFold(line, "heart") || strings.Contains(line, "cmd=9")) && re.MatchString(line)
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

// isTrouble tells whether the line says of itself that it is an error or a warning. A line that
// has a level is of that level, whatever else it speaks of. Words such as "error" in a sentence
// are no level.
func isTrouble(line string) bool {
	line = strings.TrimSpace(line)
	if outcry.MatchString(line) {
		return true
	}
	// Key and value, as in level=error and "level":"error", or a word in capital letters or in
	// brackets: what stands first is the line's own. A line of JSON has only keys and values.
	field := levelField.FindStringSubmatchIndex(line)
	var word []int
	if !strings.HasPrefix(line, "{") {
		word = levelWord.FindStringSubmatchIndex(line[:min(len(line), levelWithin)])
	}
	switch {
	case field != nil && (word == nil || field[0] < word[0]):
		return bad(line[field[2]:field[3]])
	case word != nil:
		return bad(strings.Trim(line[word[0]:word[1]], "[]"))
	}
	// A letter, as glog has it: E1126 12:00:00.000000.
	return levelLetter.MatchString(line)
}

// levelWithin is within how many bytes of a line its level stands.
const levelWithin = 100

var (
	outcry      = regexp.MustCompile(`(?i)^(panic|fatal error|fatal|error|warning):|^thread '.{0,80}' (\(\d+\) )?panicked at `)
	levelField  = regexp.MustCompile(`(?i)(?:^|[\s{,])"?(?:level|lvl|severity)(?:=|"\s*:\s*)"?([a-z]+)`)
	levelWord   = regexp.MustCompile(`\b(?:[Nn]o|0|[Ww]ithout) ` + inCapitals + `|` + inCapitals + `|\[(?i:` + capitals + `)\]`)
	levelLetter = regexp.MustCompile(`^[WEF]\d{4} \d\d:\d\d:\d\d\.`)
	badLevels   = []string{"warn", "warning", "error", "erro", "err", "crit", "critical", "fatal", "fata", "panic", "pani", "dpanic", "alert", "emerg"}
)

const (
	inCapitals = `\b(?:` + capitals + `)\b`
	capitals   = `TRACE|TRAC|DEBUG|DEBU|INFO|NOTICE|WARN|WARNING|ERROR|ERRO|CRIT|CRITICAL|FATAL|FATA|PANIC|PANI`
)

func bad(level string) bool { return slices.Contains(badLevels, strings.ToLower(level)) }
