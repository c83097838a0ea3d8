package rule_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"

	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
)

// TestErrors holds what is said of rules that are wrong, and where.
func TestErrors(t *testing.T) {
	var b strings.Builder
	for _, text := range []string{
		``,
		`delay 4s`,
		`where true`,
		`dealy 4s where true`,
		`"delay" 4s where true`,
		`delay where true`,
		`delay 4 where true`,
		`delay 0s where true`,
		`delay -4s where true`,
		`delay 25h where true`,
		`delay 4s 5s where true`,
		`hold ever where true`,
		`drop 3 where true`,
		`join all where true`,
		`drop times where true`,
		`drop times 0 where true`,
		`drop times -1 where true`,
		`drop times 99999999999 where true`,
		`drop times many where true`,
		`drop once every 2 where true`,
		`drop once once where true`,
		`drop every 0 where true`,
		`drop with 0 where true`,
		`drop with 1.5 where true`,
		`drop with NaN where true`,
		`drop with where true`,
		`drop after 1s for 2s after 3s where true`,
		`drop for where true`,
		`drop toward nobody where true`,
		`drop sometimes where true`,
		`cut hard where true`,
		`cut toward client toward server where true`,
		`duplicate 0 where true`,
		`duplicate 101 where true`,
		`split where true`,
		`split 0 where true`,
		`split 32,,2 where true`,
		`split 1,2,70000 where true`,
		`split 16384,16384,16384,16384,16384 where true`,
		`throttle where true`,
		`throttle 0B/s where true`,
		`throttle 64KiB where true`,
		`throttle fast where true`,
		`throttle 1e30MiB/s where true`,
		`stall where true`,
		`corrupt tail where true`,
		`replace where true`,
		`replace everything where true`,
		`replace data where true`,
		`replace data x where true`,
		`replace data 1 "x" where true`,
		`replace stream -1 where true`,
		`replace stream 4294967296 where true`,
		`replace command NOP where true`,
		`replace command 256 where true`,
		`replace frame where true`,
		`replace data "v=1`,
		`replace data "\q" where true`,
		`insert where true`,
		`insert behind where true`,
		`insert NOP 1 where true`,
		`insert raw where true`,
		`insert raw 0 where true`,
		`insert PSH 3 target nowhere where true`,
		`insert PSH 3 "x" injected where true`,
		`insert PSH 3 "x" ... where true`,
		`insert PSH 3 zeros 65535 "x" where true`,
		`insert PSH 3 # a comment where true`,
		`sequence where true`,
		`sequence delay; drop where true`,
		`sequence insert FIN 1 toward; drop where true`,
		`sequence insert FIN 1 toward client toward server; drop where true`,
		`delay once where true`,
		`sequence delay 1s; where true`,
		`sequence drop; delay 1s where true`,
		`sequence sequence drop; drop where true`,
		`sequence delay 1s, drop where true`,
		`drop where`,
		`drop where   `,
		`drop where cmd = "SYN"`,
		`drop where command == "SYN"`,
		`drop where len`,
		`drop where rtt > 3s`,
		`drop where cmd == "SYN" && diag`,
		`replace data 'v=1\n' where true`,
		`replace data v=1\n where true`,
		`replace data “v=1” where true`,
		`insert Settings client="a b" where true`,
		"insert Settings `v=2` where true",
		`drop where true # a comment`,
		`drop where cmd == "SYN" # a comment`,
		`drop where cmd == "SYN" once`,
		`drop where cmd == SYN`,
		`drop where cmd == "银行" && foo`,
		`insert PSH 3 "银行" often where true`,
		"drop where true\nwhere",
		"drop \x1b[31m where true",
		"\tdelay\t4x where true",
		"drop where text == \"\x1b\"",
		"drop where text ==\t\"x\"",
		"drop where text == \"\xff\"",
		"replace data \"a\tb\" where true",
		`insert raw ` + strings.Repeat("00", 100) + ` often where true`,
	} {
		_, err := rule.Parse(text)
		var wrong *rule.Error
		if !errors.As(err, &wrong) {
			t.Errorf("%q: the error is %v", text, err)
			continue
		}
		fmt.Fprintf(&b, "%s\n\n", err)
	}
	golden.RequireEqual(t, b.String())
}

// TestParseFile holds that a file has a rule a line, and that all that are wrong are told,
// with their lines.
func TestParseFile(t *testing.T) {
	rules, err := rule.ParseFile("lab.rules", "# a comment\r\n\r\ndelay 4s where cmd == \"SYNACK\"\r\n  # another\n\t\n drop once where cmd ==\ndrop  where stream ==  3\nexplode where true\n")
	var texts []string
	for _, r := range rules {
		texts = append(texts, r.String())
	}
	if got, want := strings.Join(texts, "\n"), "delay 4s where cmd == \"SYNACK\"\ndrop where stream ==  3"; got != want {
		t.Errorf("the rules are\n%s\nwant\n%s", got, want)
	}
	if err == nil {
		t.Fatal("no error")
	}
	golden.RequireEqual(t, err.Error())
}

// TestNames holds what a rule says of itself.
func TestNames(t *testing.T) {
	const source = "  sequence delay \t1s ;drop once\twhere\t stream == 3\t"
	r := book(t, 1, `drop where false`, source).Rules()[1]
	if r.Number() != 2 || !r.On() || r.Applied() != 0 || r.Source() != strings.TrimSpace(source) {
		t.Errorf("number %d, on %v, applied %d, source %q", r.Number(), r.On(), r.Applied(), r.Source())
	}
	if got, want := r.String(), `sequence delay 1s; drop once where stream == 3`; got != want {
		t.Errorf("the text is %q, want %q", got, want)
	}
	if got := strings.Join(r.Actions(), " "); got != "delay drop" {
		t.Errorf("the actions are %s", got)
	}
	if r.Shown() != r.String() {
		t.Errorf("shown is %q, and there is no secret in it", r.Shown())
	}
}

// TestSecrets holds that what is shown of a rule, and said of it, does not have the password of a
// preamble, nor its hash.
func TestSecrets(t *testing.T) {
	for source, want := range map[string]string{
		`replace frame PREAMBLE "my secret" 30 where preamble`:               `replace frame PREAMBLE … 30 where preamble`,
		`sequence insert behind preamble secret 3; drop where preamble`:      `sequence insert behind preamble … 3; drop where preamble`,
		`insert PREAMBLE hash ` + strings.Repeat("5e", 32) + ` 0 where true`: `insert PREAMBLE hash … 0 where true`,
	} {
		r := book(t, 1, source).Rules()[0]
		if r.Shown() != want || r.String() != source {
			t.Errorf("%s: shown is %q, want %q", r, r.Shown(), want)
		}
		digest := sha256.Sum256([]byte("my secret"))
		for _, line := range rule.Explain(r) {
			if strings.Contains(line, "secret") || strings.Contains(line, hex.EncodeToString(digest[:4])) || strings.Contains(line, "5e5e") {
				t.Errorf("%s: %s", r, line)
			}
		}
	}
}

// TestComment holds that a comment may stand behind an expression, as the document has it.
func TestComment(t *testing.T) {
	j := session(book(t, 1, `drop where cmd == "SYN" // once // more`, `drop where cmd == "FIN" /* or so */`), 1)
	for c, want := range map[protocol.Command]string{protocol.SYN: "1 drop", protocol.FIN: "2 drop", protocol.PSH: ""} {
		if got := j.show(frame(c2s, c, 1, "")); got != want {
			t.Errorf("%v: %q, want %q", c, got, want)
		}
	}
}
