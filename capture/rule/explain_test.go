package rule_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"

	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
)

// TestExplain holds what is said of rules of each action, whatever they match.
func TestExplain(t *testing.T) {
	var b strings.Builder
	for _, text := range []string{
		`delay 4s where cmd == "SYNACK" && stream > 1`,
		`delay 1s where cmd in ["SYN", "SYNACK"]`,
		`delay all 1s where cmd == "Settings"`,
		`delay 100ms where cmd != "PSH"`,
		`hold where true`,
		`hold all 40s where code == 7 or preamble`,
		`throttle 64KiB/s where dir == "s2c"`,
		`throttle all 1.5KB/s where stream == 3`,
		`drop times 3 where cmd == "HeartResponse"`,
		`drop where true`,
		`duplicate every 5 where cmd == "SYNACK"`,
		`duplicate 3 where true`,
		`replace data "v=1\n" where cmd == "ServerSettings"`,
		`replace data "x" where not (cmd matches "^S")`,
		`replace data zeros 200 where preamble`,
		`replace stream 9 where true`,
		`replace command HeartRequest where cmd == "PSH" && dir == "c2s"`,
		`replace command 42 where cmd == "FIN" && dir == "s2c"`,
		`replace frame PREAMBLE password 30 where preamble`,
		`replace stream 5 where cmd == "Waste"`,
		`insert Waste 5 zeros 3 where cmd == "SYN"`,
		`corrupt where cmd in ["SYNACK", "unknown(42)"]`,
		`cut toward server where cmd == "PSH" && dir == "c2s"`,
		`delay all 20s where cmd == "Settings"`,
		`replace frame SYNACK 3 "refused" where cmd == "SYNACK"`,
		`corrupt with 0.01 where cmd == "PSH" && len > 1000`,
		`corrupt where true`,
		`corrupt header where dir == "c2s"`,
		`corrupt data where stream == 0`,
		`insert HeartRequest 7 "x" toward client where cmd == "Settings"`,
		`insert behind HeartRequest where cmd == "ServerSettings"`,
		`insert SYN 5 "x" where preamble`,
		`insert 42 7 hex 0001ff where cmd == "unknown(42)"`,
		`insert raw 02 00000001 where code == 42`,
		`insert Alert zeros 500 toward client once where cmd == "PSH"`,
		`split 32,2 where preamble`,
		`split 3 where cmd == "PSH"`,
		`join where preamble`,
		`stall 5s where stream == 3`,
		`stall 1s after 10s where target contains "bank"`,
		`cut reset where session == 2 && count > 100`,
		`cut fin toward client for 1m where text contains "x"`,
		`drop toward client after 1s for 2s where cmd == "SYN"`,
		`sequence delay 2s; insert FIN 3 toward client; drop where cmd == "FIN" && dir == "c2s"`,
	} {
		r, err := rule.Parse(text)
		if err != nil {
			t.Error(err)
			continue
		}
		fmt.Fprintf(&b, "%v\n", r)
		for _, line := range rule.Explain(r) {
			fmt.Fprintf(&b, "  %s\n", line)
			if line != protocol.Printable(line) && !strings.Contains(line, `\`) {
				t.Errorf("%v: not printable: %q", r, line)
			}
		}
	}
	golden.RequireEqual(t, b.String())
}

// TestSummary holds what is told of rules before a run.
func TestSummary(t *testing.T) {
	b := book(
		t, 1, `drop where text contains "x" && dir == "s2c"`, `hold where target != ""`, `delay 1s where dir == "s2c"`,
		`insert FIN 1 toward server where dir == "s2c"`, `split 32 where preamble`, `drop where text != ""`, `drop where cmd == "synack"`,
	)
	b.Set(6, false)
	const want = `rule 1 looks into data: each frame is gathered whole before it goes on
rule 2 asks for what Settings and the first PSH of a stream say: these are gathered whole before they go on
rule 2 can touch what the client pads: from the first frame that it touches on, padding is not judged in that session
rule 4 can touch what the client pads: from the first frame that it touches on, padding is not judged in that session
rule 7 can match no frame that peers send by the protocol: commands are written as in "SYNACK", directions as in "s2c"`
	if got := strings.Join(b.Summary(), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
