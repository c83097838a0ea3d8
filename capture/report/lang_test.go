package report

import (
	"maps"
	"regexp"
	"strings"
	"testing"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

var verb = regexp.MustCompile(`%(?:\[(\d)\])?[+.0-9]*([a-z%])`)

// verbs returns the verbs of a format by the places of their arguments.
func verbs(format string) map[int]string {
	places := make(map[int]string)
	next := 0
	for _, m := range verb.FindAllStringSubmatch(format, -1) {
		if m[2] == "%" {
			continue
		}
		if m[1] != "" {
			next = int(m[1][0]-'0') - 1
		}
		places[next] = m[2]
		next++
	}
	return places
}

// No phrase lacks a language, and each takes the same arguments in all.
func TestPhrases(t *testing.T) {
	for k := range keys {
		p, found := phrases[k]
		if !found {
			t.Errorf("key %d has no phrase; the one before is %q", k, phrases[k-1])
			continue
		}
		for i, l := range langs {
			if strings.TrimSpace(p[i]) == "" {
				t.Errorf("%q lacks %s", p, l)
			}
			if !maps.Equal(verbs(p[i]), verbs(p[0])) {
				t.Errorf("%q takes other arguments than %q", p[i], p[0])
			}
		}
		if p[1] == p[0] && k != kLiteral && strings.ContainsFunc(p[0], func(r rune) bool { return r < 128 && r >= 'a' }) {
			// "%s" and the like are the same in any language.
			if len(verbs(p[0])) == 0 {
				t.Errorf("%q is the same in %s", p, langs[1])
			}
		}
	}
	if len(phrases) != int(keys) {
		t.Errorf("%d phrases, %d keys", len(phrases), keys)
	}
}

// Each diagnostic has advice in Chinese; the tables are far from each other.
func TestAdviceHasLanguages(t *testing.T) {
	for _, code := range session.Codes() {
		if chineseAdvice[code] == "" {
			t.Errorf("advice.go says nothing in Chinese about %s", code)
		}
		if adviceFor(code, English) != code.Spec().Advice {
			t.Errorf("the English advice on %s is not the code's own", code)
		}
	}
	for _, code := range []session.Code{
		journal.CodeRecordingFailed, journal.CodeRecordingCut, journal.CodeOutputLapped, journal.CodeOutputFailed,
		journal.CodeFilterFailed, journal.CodePreflight, journal.CodePingFailed,
	} {
		if chineseAdvice[code] == "" {
			t.Errorf("advice.go says nothing in Chinese about %s", code)
		}
	}
	if got := adviceFor("never-heard-of", Chinese); got != "" {
		t.Errorf("advice on an unknown code is %q", got)
	}
}

func TestParseLang(t *testing.T) {
	for in, want := range map[string]Lang{
		"": English, "en": English, "EN": English, "en-GB": English, "zh": Chinese, "zh-CN": Chinese, "zh_CN.UTF-8": Chinese,
		"de": "", "-": "", "english": "",
	} {
		got, err := ParseLang(in)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("ParseLang(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestText(t *testing.T) {
	nested := join(kSemicolon, found(2), join(kColon, say(kInjected), say(kSentAnswered, 1, 3)), literal("50 %d"))
	for l, want := range map[Lang]string{
		English: "2 errors; injected: 1 of 3 answered; 50 %d",
		Chinese: "2 条错误；注入：3 个请求中 1 个得到应答；50 %d",
	} {
		if got := nested.in(l); got != want {
			t.Errorf("in %s: %q, want %q", l, got, want)
		}
	}
}

// A sentence begins with a capital where it begins with a word; what is no word stays.
func TestCapital(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "the server": "The server", "slow.test:80: no SYNACK": "slow.test:80: no SYNACK", "Failed": "Failed", "no. 3: x": "no. 3: x", "服务器": "服务器", "word": "Word",
	} {
		if got := join(kSentence, literal("A"), literal(in)).in(English); got != "A. "+want {
			t.Errorf("%q, want %q", got, "A. "+want)
		}
	}
}

// What a peer looks like is said in Chinese whatever a guess says. Its own name stays.
func TestLikened(t *testing.T) {
	for sure, want := range map[session.Sureness]string{
		session.MayBe: "h:1 (可能是 a, b 或 c)", session.Probable: "h:1 (疑似 a, b 或 c)", session.Certain: "h:1 (极似 a, b 或 c)",
	} {
		name := "h:1 (" + session.Guess{Names: []string{"a", "b", "c"}, Sure: sure}.String() + ")"
		if got := likened(name, Chinese); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := likened(name, English); got != name {
			t.Errorf("in English %q, want %q", got, name)
		}
	}
	for name, want := range map[string]string{
		"this or that":                     "this or that",
		"what looks like it or may be it":  "what looks like it or may be it",
		"this or that (looks like a or b)": "this or that (疑似 a 或 b)",
		"may be a or b, this":              "可能是 a 或 b, this",
		"own, looks like a or b":           "own, 疑似 a 或 b",
	} {
		if got := likened(name, Chinese); got != want {
			t.Errorf("%q became %q, want %q", name, got, want)
		}
	}
}
