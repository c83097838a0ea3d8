package report

import (
	"fmt"
	"strings"
)

// A Lang is a language that reports are written in.
type Lang string

// The languages.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// langs is the order of the languages in a phrase.
var langs = [...]Lang{English, Chinese}

// ParseLang returns the language called s, in upper or lower case and with or without a
// region: "en", "zh", "zh-CN". An empty s is English.
func ParseLang(s string) (Lang, error) {
	name := strings.ToLower(s)
	if at := strings.IndexAny(name, "-_"); at >= 0 {
		name = name[:at]
	}
	if s == "" {
		return English, nil
	}
	for _, l := range langs {
		if name == string(l) {
			return l, nil
		}
	}
	return "", fmt.Errorf("no reports in language %q: choose en or zh", s)
}

// index returns the place of the language in a phrase. An unknown language is English.
func (l Lang) index() int {
	if l == Chinese {
		return 1
	}
	return 0
}

// A phrase says the same in each language, in the order of langs.
type phrase [len(langs)]string

// A text is a phrase with its arguments, or several texts in a row. It has no language
// until it is shown.
type text struct {
	key  key    // the phrase, or what separates the list
	args []any  // may be texts themselves
	list []text // nil for a phrase
}

// say returns a phrase with its arguments.
func say(k key, args ...any) text { return text{key: k, args: args} }

// literal returns a text that is the same in each language.
func literal(s string) text { return say(kLiteral, s) }

// join returns texts in a row, with a separator between them. Of no texts it is empty.
func join(separator key, list ...text) text {
	if list == nil {
		list = []text{}
	}
	return text{key: separator, list: list}
}

// What a text quotes, such as a line of a log, stands between marks, which the pages show as code.
// They are of no language, and no text from outside has them: clean leaves none.
const (
	quoteBeginRune, quoteEndRune = '\ue000', '\ue001'
	quoteBegin, quoteEnd         = string(quoteBeginRune), string(quoteEndRune)
)

// inQuotes shows what is quoted where there is no markup.
var inQuotes = strings.NewReplacer(quoteBegin, "“", quoteEnd, "”")

// in returns the text in a language.
func (t text) in(l Lang) string { return inQuotes.Replace(t.marked(l)) }

// parted returns the text of a status or a verdict in a language, its mark apart from its words.
func (t text) parted(l Lang) (mark, words string) {
	mark, words, _ = strings.Cut(t.in(l), " ")
	return mark, words
}

// marked returns the text in a language, with marks around what it quotes.
func (t text) marked(l Lang) string {
	format := phrases[t.key][l.index()]
	if t.list != nil {
		parts := make([]string, len(t.list))
		for i, part := range t.list {
			if parts[i] = part.marked(l); t.key == kSentence {
				parts[i] = capital(parts[i])
			}
		}
		return strings.Join(parts, format)
	}
	if len(t.args) == 0 {
		return format
	}
	args := make([]any, len(t.args))
	for i, arg := range t.args {
		if nested, ok := arg.(text); ok {
			arg = nested.marked(l)
		}
		args[i] = arg
	}
	return fmt.Sprintf(format, args...)
}

// capital returns a sentence with a capital in front, where it begins with a word. What is no
// word, such as an address, stays as it is.
func capital(sentence string) string {
	const small = "abcdefghijklmnopqrstuvwxyz"
	word, _, _ := strings.Cut(sentence, " ")
	if word == "" || strings.Trim(word, small) != "" {
		return sentence
	}
	return strings.ToUpper(sentence[:1]) + sentence[1:]
}
