package interop

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"anytls-inspect/capture/report"
)

func newBrowser(t *testing.T) *Browser {
	t.Helper()
	b, err := NewBrowser(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fullReport returns a report of several scenarios that has all that a report can have:
// passed and failed items, tables, charts, lost heartbeats, problems and advice, and texts of
// peers that have no place to break.
func fullReport(t *testing.T) *report.Report {
	t.Helper()
	file, err := os.Open("../capture/report/testdata/TestGolden/matrix.en.json.golden")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := report.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	endless := strings.Repeat("endless", 40)
	peer := report.Peer{Name: endless, Version: endless, Language: endless}
	r.Scenarios = append(r.Scenarios, report.Scenario{
		Title: endless, Server: peer, Client: peer, Failure: endless, Notes: []string{endless},
		CPU: []report.CPU{{Peer: endless}},
	})
	return r
}

// keep writes a page to a file of its own.
func keep(t *testing.T, page []byte) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// open opens a page in a browser that must have nothing to complain of.
func open(ctx context.Context, t *testing.T, file string) *html.Node {
	t.Helper()
	dom, console, err := newBrowser(t).DOM(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	if len(console) > 0 {
		t.Errorf("the console says: %q", console)
	}
	root, err := html.Parse(strings.NewReader(dom))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// TestReportInBrowser: a browser shows of a report, in each language, what the report says.
func TestReportInBrowser(t *testing.T) {
	r := fullReport(t)
	for _, lang := range []report.Lang{report.English, report.Chinese} {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			ctx := soon(t)
			page, err := r.HTML(lang)
			if err != nil {
				t.Fatal(err)
			}
			file := keep(t, page)
			root := open(ctx, t, file)
			markdown := string(r.Markdown(lang))
			title, _, _ := strings.Cut(strings.TrimPrefix(markdown, "# "), "\n")
			if h1, in := text(first(root, "h1", "")), text(first(root, "title", "")); h1 != title || in != title {
				t.Errorf("the page's titles are %q and %q, want %q", h1, in, title)
			}
			for level, tag := range map[string]string{"## ": "h2", "### ": "h3"} {
				var want []string
				for line := range strings.Lines(markdown) {
					if heading, found := strings.CutPrefix(line, level); found {
						want = append(want, strings.TrimSpace(heading))
					}
				}
				if got := texts(all(root, tag, "")); strings.Join(got, "\n") != strings.Join(want, "\n") || len(got) == 0 {
					t.Errorf("%s: %q, want %q", tag, got, want)
				}
			}
			checkItems(t, root, r, lang)
			if rows := all(first(root, "div", "overview"), "tr", ""); len(rows) != len(r.Scenarios)+1 {
				t.Errorf("the overview has %d rows for %d scenarios", len(rows), len(r.Scenarios))
			}
			if got, want := len(all(root, "svg", "")), strings.Count(markdown, "```text"); got != want || got == 0 {
				t.Errorf("%d charts, want %d", got, want)
			}
			t.Run("windows", func(t *testing.T) {
				t.Parallel()
				checkWindows(ctx, t, page)
			})
			t.Run("paper", func(t *testing.T) {
				t.Parallel()
				checkPaper(ctx, t, file)
			})
		})
	}
}

// checkItems holds the rows of the checklist to those of the report.
func checkItems(t *testing.T, root *html.Node, r *report.Report, lang report.Lang) {
	t.Helper()
	var rows []*html.Node
	for _, list := range all(root, "ul", "checks") {
		for row := range list.ChildNodes() {
			if row.Type == html.ElementNode {
				rows = append(rows, row)
			}
		}
	}
	items := r.Checklist()
	if len(rows) != len(items) || len(items) == 0 {
		t.Fatalf("the checklist has %d rows, want %d", len(rows), len(items))
	}
	for i := range items {
		if first(rows[i], "span", string(items[i].Status)) == nil {
			t.Errorf("%s is not shown as %s: %q", items[i].ID, items[i].Status, text(rows[i]))
		}
		if !strings.Contains(text(rows[i]), items[i].Title(lang)) {
			t.Errorf("row %d is %q, want %q", i, text(rows[i]), items[i].Title(lang))
		}
	}
}

// checkPaper prints a page: each sheet is an A4 one.
func checkPaper(ctx context.Context, t *testing.T, file string) {
	t.Helper()
	pdf, err := newBrowser(t).PDF(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	boxes := regexp.MustCompile(`/MediaBox ?\[([^]]*)\]`).FindAllSubmatch(pdf, -1)
	for _, box := range boxes {
		var left, bottom, width, height float64
		if _, err := fmt.Sscan(string(box[1]), &left, &bottom, &width, &height); err != nil {
			t.Fatalf("a sheet of %s: %v", box[0], err)
		}
		const wide, high = 210 * 72 / 25.4, 297 * 72 / 25.4
		if width < wide-1 || width > wide+1 || height < high-1 || height > high+1 {
			t.Errorf("a sheet is %.1f × %.1f points, want A4: %.1f × %.1f", width, height, wide, high)
		}
	}
	if len(boxes) < 2 {
		t.Errorf("printed on %d sheets: is that all of it?", len(boxes))
	}
}

// TestProgramsReportInBrowser: the report that the program writes opens, with its charts.
func TestProgramsReportInBrowser(t *testing.T) {
	t.Parallel()
	ctx := soon(t)
	binary, err := fromRun(relayVar)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "report.html")
	cmd := exec.CommandContext(ctx, binary, "demo", "-o", "quiet", "--duration", "2s", "--heartbeat", "100ms,both", "--report", file)
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, log.Bytes())
	}
	root := open(ctx, t, file)
	if items := all(root, "span", "status"); len(items) < 10 {
		t.Errorf("%d statuses", len(items))
	}
	if charts := all(root, "svg", ""); len(charts) != 2 {
		t.Errorf("%d charts, want one for each direction", len(charts))
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	checkWindows(ctx, t, page)
}

// TestPolicyInBrowser: a script that gets into a page does not run, and the console says so.
// What a page loads from elsewhere is not loaded either.
func TestPolicyInBrowser(t *testing.T) {
	t.Parallel()
	page, err := fullReport(t).HTML(report.English)
	if err != nil {
		t.Fatal(err)
	}
	page = bytes.Replace(page, []byte("</body>"), []byte(`<script>document.title = "ran"</script><img src="x.png"></body>`), 1)
	dom, console, err := newBrowser(t).DOM(soon(t), keep(t, page))
	if err != nil {
		t.Fatal(err)
	}
	if said := strings.Join(console, "\n"); !strings.Contains(said, "inline script") || !strings.Contains(said, "x.png") {
		t.Errorf("the console does not say that the policy forbids both: %q", console)
	}
	if strings.Contains(dom, "<title>ran</title>") {
		t.Error("the script ran")
	}
}
