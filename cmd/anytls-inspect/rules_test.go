package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/shlex"

	"anytls-inspect/capture/expression"
	"anytls-inspect/capture/rule"
)

// sources returns rules as they were written.
func sources(book *rule.Book) (list []string) {
	for _, r := range book.Rules() {
		list = append(list, r.Source())
	}
	return list
}

// TestRulesAreNumbered: rules have the order of the command line, whichever flag gives them.
func TestRulesAreNumbered(t *testing.T) {
	environment(t, "", "")
	t.Chdir(t.TempDir())
	if err := os.WriteFile("two.rules", []byte("# two\ndrop where stream == 2\r\n\n join where stream == 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := relayConfigOf(t, true, "-s", "example.com", "--rule", "drop where stream == 1", "--rules", "two.rules", "--rule", "join where stream == 4")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the rules", sources(cfg.live.rules.book), []string{
		"drop where stream == 1", "drop where stream == 2", "join where stream == 3", "join where stream == 4",
	})
	holds(t, "read-only", cfg.live.rules.readOnly, false)
	for i, r := range cfg.live.rules.book.Rules() {
		holds(t, "the number of "+r.Source(), int(r.Number()), i+1)
	}

	cfg, err = relayConfigOf(t, true, "-s", "example.com", "--read-only")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the rules of a run that only looks", cfg.live.rules, rulesConfig{readOnly: true})

	if err := os.WriteFile("none.rules", []byte("# none yet\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err = relayConfigOf(t, true, "-s", "example.com", "--rules", "none.rules")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the rules of a file that has none", cfg.live.rules, rulesConfig{})
}

// TestRulesOfWindows: files of rules may be such as editors and shells of Windows write.
func TestRulesOfWindows(t *testing.T) {
	const text = "# an é\r\ndrop where stream == 2\r\n"
	utf16 := func(text string, put func([]byte, uint16)) string {
		var b []byte
		for _, r := range "\ufeff" + text {
			b = append(b, 0, 0)
			put(b[len(b)-2:], uint16(r))
		}
		return string(b)
	}
	for name, written := range map[string]string{
		"plain": text, "marked": "\ufeff" + text, "marked rule": "\ufeffdrop where stream == 2",
		"little": utf16(text, binary.LittleEndian.PutUint16), "big": utf16(text, binary.BigEndian.PutUint16),
	} {
		rules, err := compileRules([]ruleText{{isFile: true, text: stdioName}}, strings.NewReader(written))
		if err != nil || len(rules) != 1 || rules[0].Source() != "drop where stream == 2" {
			t.Errorf("%s: the rules are %v, the error %v", name, rules, err)
		}
	}
}

// TestRulesOfAll: what is wrong with rules is told of all of them, and is a mistake in the command
// line; a file that can't be read is none.
func TestRulesOfAll(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("some.rules", []byte("drop where 1\ndrop where true\nhop where true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("large.rules", make([]byte, maxRules+1), 0o600); err != nil {
		t.Fatal(err)
	}
	const stdin = "drop where stream ==\n"
	file := func(path string) ruleText { return ruleText{isFile: true, text: path} }
	for _, tc := range []struct {
		given   []ruleText
		want    []string // parts of the error
		isUsage bool
	}{
		{[]ruleText{{text: "drop"}, file("some.rules"), file("-")}, []string{"--rule: column 5", "some.rules:1:", "some.rules:3:1: no action hop", "-:1:"}, true},
		{[]ruleText{{text: "drop"}, file("none.rules")}, []string{"none.rules"}, false},
		{[]ruleText{file("large.rules")}, []string{"large.rules holds more than"}, true},
	} {
		_, err := compileRules(tc.given, strings.NewReader(stdin))
		var mistake *usageError
		if err == nil || errors.As(err, &mistake) != tc.isUsage {
			t.Errorf("%v: the error is %v", tc.given, err)
			continue
		}
		for _, part := range tc.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%v: the error lacks %q: %v", tc.given, part, err)
			}
		}
	}
}

// TestLabDocument: each rule and each command of the documents is one that can be given, and
// docs/lab.md has all actions and all fields.
func TestLabDocument(t *testing.T) {
	environment(t, "", "")
	lab, err := os.ReadFile("../../docs/lab.md")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("lab.rules", []byte("drop where true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	all := string(lab) + string(readme)
	commands := regexp.MustCompile(`(?m)^anytls-inspect (relay|demo|rules explain) ([^|\n]*--ru.*|[^|\n]*--read-only.*)$`).FindAllStringSubmatch(all, -1)
	if len(commands) < 20 {
		t.Errorf("%d commands, want more", len(commands))
	}
	for _, command := range commands {
		line, _, _ := strings.Cut(command[2], " | ")
		words, err := shlex.Split(line)
		if err != nil {
			t.Fatal(err)
		}
		switch command[1] {
		case "relay":
			_, err = relayConfigOf(t, true, words...)
		case "demo":
			var f demoFlags
			parse(t, f.register, words)
			_, err = f.config(true)
		default:
			c := newRulesExplain(newStdio(strings.NewReader(""), io.Discard, io.Discard))
			c.SetArgs(words)
			err = c.Execute()
		}
		if err != nil {
			t.Errorf("%s: %v", command[0], err)
		}
	}
	_, examples, _ := strings.Cut(string(lab), "### Examples\n")
	examples, _, _ = strings.Cut(examples, "\n###")
	lines := regexp.MustCompile("(?m)^    (.+ where .+)$").FindAllStringSubmatch(examples, -1)
	if len(lines) < 12 {
		t.Errorf("%d examples, want more", len(lines))
	}
	for _, line := range lines {
		if _, err := rule.Parse(line[1]); err != nil {
			t.Error(err)
		}
	}
	rules := regexp.MustCompile("(?m)^(?:\\| `| {4})([a-z][^`\n]* where [^`\n]+)").FindAllSubmatch(lab, -1)
	if len(rules) < 70 {
		t.Errorf("%d rules in tables and examples, want more", len(rules))
	}
	for _, r := range rules {
		if _, err := rule.Parse(string(r[1])); err != nil {
			t.Error(err)
		}
	}
	_, err = rule.ParseFile("lab.rules", "\n\ndrop where command == \"SYN\"")
	if said, _, _ := strings.Cut(fmt.Sprint(err), ";"); err == nil || !strings.Contains(string(lab), said) {
		t.Errorf("docs/lab.md does not show the error %v", err)
	}
	for a := rule.Delay; a <= rule.Cut; a++ {
		if !strings.Contains(string(lab), "| `"+a.String()) {
			t.Errorf("docs/lab.md has no row for %v", a)
		}
	}
	for _, f := range expression.Fields() {
		if !strings.Contains(string(lab), "| `"+f.Name+"`") {
			t.Errorf("docs/lab.md has no row for the field %s", f.Name)
		}
	}
}
