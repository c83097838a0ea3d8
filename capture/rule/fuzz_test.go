package rule_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
)

// FuzzParse holds that no text makes Parse panic, that errors can be printed, and that a rule
// that is right parses, from its own text, to one that does the same.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`delay 4s where cmd == "SYNACK" && stream > 1`,
		`hold all 2.5s where cmd == "PSH" && target contains "bank"`,
		`insert HeartRequest 7 "x" toward client where cmd == "Settings"`,
		`replace data "v=1\n" where cmd == "ServerSettings"`,
		`sequence delay 1s;duplicate 2; insert behind raw 00 "; where" toward client; cut fin once after 1s for 2s toward server where age > 3s`,
		`split 32,2 with 0.5 where preamble`, `throttle 1.5KiB/s every 3 where text matches "x"`, `corrupt header times 3 where true`,
		`replace frame PREAMBLE password 30 where preamble`, `stall 5s where`, `where`, `# drop where true`, "drop where \x1b",
	} {
		f.Add(text)
	}
	frames := []*came{preamble(3), frame(c2s, protocol.PSH, 3, "hello"), frame(s2c, protocol.SYNACK, 3, ""), frame(c2s, protocol.FIN, 3, "")}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := rule.Parse(text)
		var wrong *rule.Error
		switch {
		case errors.As(err, &wrong):
			checkPrintable(t, wrong.Error())
			return
		case err != nil:
			t.Fatalf("%q: the error is %v", text, err)
		}
		checkPrintable(t, r.String())
		again, err := rule.Parse(r.String())
		if err != nil {
			t.Fatalf("%q became %q: %v", text, r.String(), err)
		}
		if again.String() != r.String() {
			t.Errorf("%q became %q", r.String(), again.String())
		}
		for _, line := range rule.Explain(r) {
			checkPrintable(t, line)
		}
		var shown [2][]string
		for i, one := range []*rule.Rule{r, again} {
			b, err := rule.NewBook([]*rule.Rule{one}, 1)
			if err != nil {
				t.Fatal(err)
			}
			j := session(b, 1)
			for _, c := range frames {
				shown[i] = append(shown[i], j.show(c))
			}
		}
		if strings.Join(shown[0], "\n") != strings.Join(shown[1], "\n") {
			t.Errorf("%q does\n%q, and from its own text\n%q", text, shown[0], shown[1])
		}
	})
}

// checkPrintable checks that text can be printed on a terminal.
func checkPrintable(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Fatalf("not UTF-8: %q", text)
	}
	for _, r := range text {
		if r != '\n' && !protocol.IsPrint(r) {
			t.Fatalf("not printable: %q", text)
		}
	}
}
