package interop

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// update has the outcomes of rules written into the document, and not compared with it.
var update = flag.Bool("update", false, "write what each rule of docs/lab.md does")

// labDocument has the table of what rules do to sing-box, below labHeading.
const (
	labDocument = "../docs/lab.md"
	labHeading  = "## What each action does to sing-box\n"
)

// A labRow is a row of that table.
type labRow struct {
	rule     string
	requests string // what became of three requests, one after another
	ended    string // who ended sessions meanwhile
	told     string // what was told with the rule's number; more may be
}

// labRows returns the rows of the table, and the document in front of them and behind.
func labRows(t *testing.T) (rows []labRow, before, behind string) {
	t.Helper()
	text, err := os.ReadFile(labDocument)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), labHeading)
	if !found {
		t.Fatalf("%s has no heading %q", labDocument, labHeading)
	}
	intro, table, found := strings.Cut(rest, "|---|---|---|---|\n")
	if !found {
		t.Fatal("there is no table")
	}
	before += labHeading + intro + "|---|---|---|---|\n"
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "| ") {
			break
		}
		table = table[len(line):]
		cells := strings.Split(strings.Trim(line, "|\n"), " | ")
		if len(cells) != 4 {
			t.Fatalf("a row has %d cells: %s", len(cells), line)
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, labRow{strings.Trim(cells[0], "`"), cells[1], cells[2], cells[3]})
	}
	return rows, before, table
}

// TestLabActions: of each action, docs/lab.md says what it does to sing-box, as client and as server.
func TestLabActions(t *testing.T) {
	rows, before, behind := labRows(t)
	if len(rows) < 40 {
		t.Errorf("the table has %d rows", len(rows))
	}
	got := make([]labRow, len(rows))
	atOnce := make(chan struct{}, 6)
	t.Run("rules", func(t *testing.T) {
		for i, row := range rows {
			t.Run(row.rule, func(t *testing.T) {
				t.Parallel()
				atOnce <- struct{}{}
				defer func() { <-atOnce }()
				got[i] = tryRule(t, row.rule)
				if !*update {
					row.compare(t, got[i])
				}
			})
		}
	})
	if !*update || t.Failed() {
		return
	}
	var table strings.Builder
	for _, row := range got {
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", row.rule, row.requests, row.ended, row.told)
	}
	if err := os.WriteFile(labDocument, []byte(before+table.String()+behind), 0o644); err != nil {
		t.Fatal(err)
	}
}

// compare holds what a rule did against what the document says.
func (r labRow) compare(t *testing.T, got labRow) {
	t.Helper()
	if got.requests != r.requests || got.ended != r.ended {
		t.Errorf("requests: %s, ended by: %s; the document says %s, %s", got.requests, got.ended, r.requests, r.ended)
	}
	told := strings.Split(got.told, ", ")
	for code := range strings.SplitSeq(r.told, ", ") {
		if code != nothing && !slices.Contains(told, code) {
			t.Errorf("told is %s; the document says %s", got.told, r.told)
		}
	}
}

// nothing stands in a cell for which there is nothing to say.
const nothing = "–"

// tryRule sends three requests through sing-box under a rule, each after the session of the last one can
// be used again, and returns what came of it.
func tryRule(t *testing.T, rule string) labRow {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	peer := FindPeer("sing-box v1.14.1")
	l := startLab(ctx, t, Pair{peer, peer}, rule)
	var requests []string
	for range 3 {
		before := l.fins(t)
		_, err := l.Request(ctx)
		if err != nil {
			t.Log(err)
			requests = append(requests, "fails")
			continue
		}
		requests = append(requests, "works")
		// The client has pooled its session when it sends FIN. A rule may keep that from the relay.
		reused, cancel := context.WithTimeout(ctx, time.Second)
		_, _ = l.relay.Wait(reused, func(Tally) bool { return l.fins(t) > before })
		cancel()
	}
	early := len(l.events(t))
	all := l.stop(ctx, t)
	var ended, told []string
	for i, e := range all {
		switch {
		case e.Event == "session-close" && i < early:
			ended = append(ended, e.By)
		case e.Event == "diagnostic" && e.Rule > 0:
			told = append(told, fmt.Sprint(e.Code))
		}
	}
	return labRow{rule, list(requests, false), list(ended, true), list(told, true)}
}

// fins returns how often the relay has told that the client ends a stream.
func (l *lab) fins(t *testing.T) int {
	t.Helper()
	return len(find(l.events(t), func(e *labEvent) bool {
		return e.Dir == "c2s" && (e.Cmd == "FIN" || e.Frame != nil && e.Frame.Code == 3)
	}))
}

// list returns words as a cell has them; of a set each word once, in order.
func list(words []string, set bool) string {
	if set {
		slices.Sort(words)
		words = slices.Compact(words)
	}
	if len(words) == 0 {
		return nothing
	}
	return strings.Join(words, ", ")
}
