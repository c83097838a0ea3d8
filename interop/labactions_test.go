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
	ended    string // who ended sessions meanwhile, or may have
	told     string // the warnings and errors that were told with the rule's number; more may be
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
	got := slices.Clone(rows) // -run may choose some
	atOnce := make(chan struct{}, 10)
	t.Run("rules", func(t *testing.T) {
		for i, row := range rows {
			t.Run(row.rule, func(t *testing.T) {
				t.Parallel()
				atOnce <- struct{}{}
				defer func() { <-atOnce }()
				got[i] = row.try(t)
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
	if got.requests != r.requests || !r.endsAs(got.ended) {
		t.Errorf("requests: %s, ended by: %s; the document says %s, %s", got.requests, got.ended, r.requests, r.ended)
	}
	told := strings.Split(got.told, ", ")
	for code := range strings.SplitSeq(r.told, ", ") {
		if code != nothing && !slices.Contains(told, code) {
			t.Errorf("told is %s; the document says %s", got.told, r.told)
		}
	}
}

// endsAs tells whether sessions were ended as the document says: by some of those that it names, of
// whom each may be the first.
func (r labRow) endsAs(got string) bool {
	named := strings.Split(r.ended, ", ")
	return !slices.ContainsFunc(strings.Split(got, ", "), func(by string) bool { return !slices.Contains(named, by) })
}

// nothing stands in a cell for which there is nothing to say.
const nothing = "–"

// try sends three requests through sing-box under the rule, each after the session of the last one can
// be used again, and returns what came of it.
func (r labRow) try(t *testing.T) labRow {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	peer := FindPeer("sing-box v1.14.1")
	l := startLab(ctx, t, Pair{peer, peer}, r.rule)
	var requests []string
	for range 3 {
		before := l.fins(t)
		became := "works"
		if _, err := l.Request(ctx); err != nil {
			t.Log(err)
			became = "fails"
		}
		requests = append(requests, became)
		// The client has pooled its session when it sends FIN. A rule may keep that from the relay.
		l.until(ctx, time.Second, func() bool { return l.fins(t) > before })
	}
	ended := l.ended(t)
	if *update || r.ended != nothing { // the end of a session may be told after that of its request
		l.until(ctx, 2*time.Second, func() bool {
			ended = l.ended(t)
			return !*update && ended != nothing
		})
	}
	var told []string
	applied := false
	for _, e := range l.stop(ctx, t) {
		applied = applied || e.Event == "rule"
		if e.Event == "diagnostic" && e.Rule > 0 && e.Severity != "note" {
			told = append(told, fmt.Sprint(e.Code))
		}
	}
	// A peer that was sent FIN sends none: which of them does is a race.
	if !applied && !strings.Contains(r.rule, `"FIN"`) {
		t.Error("the rule was applied to nothing")
	}
	return labRow{r.rule, list(requests, false), ended, list(told, true)}
}

// until waits until something is true that follows from what the relay prints, or for so long.
func (l *lab) until(ctx context.Context, d time.Duration, is func() bool) {
	within, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	_, _ = l.relay.Wait(within, func(Tally) bool { return is() })
}

// ended returns who has ended sessions so far.
func (l *lab) ended(t *testing.T) string {
	t.Helper()
	var by []string
	for _, e := range find(l.events(t), func(e *labEvent) bool { return e.Event == "session-close" }) {
		by = append(by, e.By)
	}
	return list(by, true)
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
