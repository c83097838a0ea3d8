package process

import (
	"regexp"
	"strings"
)

// isTrouble tells whether the line says of itself that it is an error or a warning.
func isTrouble(line string) bool { return levels[levelOf(line)] }

// isWarning tells whether the line says of itself that it is a warning, and no more.
func isWarning(line string) bool { return strings.HasPrefix(levelOf(line), "WARN") }

// levelOf returns the level of a line in capital letters; none: empty. A line that has a level is of
// that level, whatever else it speaks of. Words such as "error" in a sentence are no level.
func levelOf(line string) string {
	line = strings.TrimSpace(line)
	if line == "" {
		return ""
	}
	if strings.IndexByte("pfewt", line[0]|0x20) >= 0 && outcry.MatchString(line) {
		if line[0]|0x20 == 'w' {
			return "WARN"
		}
		return "ERROR"
	}
	// A letter, as glog has it: E1126 12:00:00.000000.
	if letter.MatchString(line) {
		return map[byte]string{'D': "DEBUG", 'I': "INFO", 'W': "WARN", 'E': "ERROR", 'F': "FATAL"}[line[0]]
	}
	// Key and value, or a word: what stands first is the line's own. A line of JSON has only keys
	// and values.
	at, level := fieldLevel(line)
	if !strings.HasPrefix(line, "{") {
		if first, word := wordLevel(line[:min(len(line), levelWithin)]); first < at {
			level = word
		}
	}
	return strings.ToUpper(level)
}

// levelWithin is within how many bytes of a line its level stands, where it is a word: behind the
// time, and not in the sentence.
const levelWithin = 100

var (
	outcry = regexp.MustCompile(`(?i)^(panic|fatal error|fatal|error|warning):|^thread '.{0,80}' (\(\d+\) )?panicked at `)
	letter = regexp.MustCompile(`^[DIWEF]\d{4} \d\d:\d\d:\d\d\.`)
	field  = regexp.MustCompile(`(?i)(?:^|[\s{,])"?(?:level|lvl|severity)(?:=|"\s*:\s*)"?([a-z]+)`)
)

// levels are the words for them, and whether they are trouble.
var levels = map[string]bool{
	"TRACE": false, "TRAC": false, "DEBUG": false, "DEBU": false, "INFO": false, "NOTICE": false,
	"WARN": true, "WARNING": true, "ERROR": true, "ERRO": true, "ERR": true, "CRIT": true, "CRITICAL": true,
	"FATAL": true, "FATA": true, "PANIC": true, "PANI": true, "DPANIC": true, "ALERT": true, "EMERG": true,
}

// fieldLevel returns a level that is a value, as in level=error and "level":"error", and where in
// the line it is said; none: behind its end.
func fieldLevel(line string) (at int, level string) {
	if !containsFold(line, "level") && !containsFold(line, "lvl") && !containsFold(line, "severity") {
		return len(line), ""
	}
	match := field.FindStringSubmatchIndex(line)
	if match == nil {
		return len(line), ""
	}
	return match[0], line[match[2]:match[3]]
}

// wordLevel returns a level that is a word in capital letters, or in brackets, and where it is;
// none: behind the end. "No ERROR" and "0 ERROR" are no level, and nothing behind them is.
func wordLevel(head string) (at int, level string) {
	before := "" // the word before, if only a blank is between
	for at < len(head) {
		if !inWord(head[at]) {
			if head[at] != ' ' {
				before = ""
			}
			at++
			continue
		}
		end := at + 1
		for end < len(head) && inWord(head[end]) {
			end++
		}
		word := head[at:end]
		bracketed := at > 0 && head[at-1] == '[' && end < len(head) && head[end] == ']'
		name := word
		if bracketed {
			name = strings.ToUpper(word)
		}
		if _, is := levels[name]; is {
			switch strings.ToLower(before) {
			case "no", "0", "without":
				return at, ""
			}
			return at, word
		}
		before, at = word, end
	}
	return len(head) + levelWithin, ""
}

func inWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
