package interop

import (
	"bytes"
	"context"
	"encoding/json"
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
// passed and failed items, tables, charts, lost heartbeats, problems and advice.
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
			for i, m := range measure(ctx, t, page) {
				m.check(t, i)
			}
			checkPaper(ctx, t, file)
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
	for i, m := range measure(ctx, t, page) {
		m.check(t, i)
	}
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

// A measured is what a browser made of a page in a window of some width.
type measured struct {
	Width int      `json:"width"`
	Room  int      `json:"room"`  // of the window
	Needs int      `json:"needs"` // of the page: more than the room where it can be scrolled sideways
	Style string   `json:"style"` // the family of its letters
	Cut   []string `json:"cut"`   // labels that are not wholly within their chart
	Over  []string `json:"over"`  // labels of an axis that another one covers in part
	Seen  int      `json:"seen"`  // how many labels there are
}

func (m *measured) check(t *testing.T, i int) {
	t.Helper()
	if m.Width != widths[i] || !strings.Contains(m.Style, "Noto Sans CJK SC") || m.Seen < 8 {
		t.Errorf("the page was not measured: %+v", m)
	}
	if m.Needs > m.Room {
		t.Errorf("in a window of %d, the page is %d wide", m.Room, m.Needs)
	}
	if len(m.Cut) > 0 || len(m.Over) > 0 {
		t.Errorf("in a window of %d, labels are cut off: %q, and covered: %q", m.Width, m.Cut, m.Over)
	}
}

// widths are those of the windows that a page is measured in: a telephone's, a tablet's, a
// desktop's.
var widths = []int{360, 760, 1280}

// measure shows a page in windows of all widths and returns what the browser made of it. The
// page runs no script; the page around it does.
func measure(ctx context.Context, t *testing.T, page []byte) []measured {
	t.Helper()
	var around strings.Builder
	around.WriteString("<!DOCTYPE html><meta charset=utf-8><title>windows</title><pre></pre>\n")
	for _, width := range widths {
		fmt.Fprintf(&around, "<iframe width=%d height=800 style='border: 0' srcdoc=\"%s\"></iframe>\n", width, html.EscapeString(string(page)))
	}
	around.WriteString(measureScript)
	root := open(ctx, t, keep(t, []byte(around.String())))
	var list []measured
	if err := json.Unmarshal([]byte(text(first(root, "pre", ""))), &list); err != nil {
		t.Fatalf("the page around measured nothing: %v", err)
	}
	if len(list) != len(widths) {
		t.Fatalf("%d windows were measured, want %d", len(list), len(widths))
	}
	return list
}

const measureScript = `<script>
onload = () => {
  const list = [...document.querySelectorAll("iframe")].map(frame => {
    const page = frame.contentDocument, root = page.documentElement
    const m = {width: frame.clientWidth, room: root.clientWidth, needs: root.scrollWidth,
      style: frame.contentWindow.getComputedStyle(page.body).fontFamily, cut: [], over: [], seen: 0}
    for (const svg of page.querySelectorAll("svg")) {
      const area = svg.viewBox.baseVal, before = []
      for (const label of svg.querySelectorAll("text")) {
        const box = label.getBBox()
        m.seen++
        if (box.x < 0 || box.y < -1 || box.x + box.width > area.width || box.y + box.height > area.height + 1)
          m.cut.push(label.textContent)
        // A box has some room above and below the letters.
        const ink = {x: box.x, y: box.y + box.height / 8, width: box.width, height: box.height * 3 / 4}
        if (before.some(b => ink.x < b.x + b.width && b.x < ink.x + ink.width && ink.y < b.y + b.height && b.y < ink.y + ink.height))
          m.over.push(label.textContent)
        before.push(ink)
      }
    }
    return m
  })
  document.querySelector("pre").textContent = JSON.stringify(list)
}
</script>
`

// all returns the elements below n with a tag and a class, in order. Any class will do where
// none is given.
func all(n *html.Node, tag, class string) []*html.Node {
	var list []*html.Node
	if n == nil {
		return nil
	}
	for d := range n.Descendants() {
		if d.Type != html.ElementNode || d.Data != tag {
			continue
		}
		classes := ""
		for _, a := range d.Attr {
			if a.Key == "class" {
				classes = a.Val
			}
		}
		if class == "" || strings.Contains(" "+classes+" ", " "+class+" ") {
			list = append(list, d)
		}
	}
	return list
}

// first returns the first element of all, nil where there is none.
func first(n *html.Node, tag, class string) *html.Node {
	if list := all(n, tag, class); len(list) > 0 {
		return list[0]
	}
	return nil
}

// text returns the text within n.
func text(n *html.Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func texts(list []*html.Node) []string {
	all := make([]string, len(list))
	for i, n := range list {
		all[i] = strings.TrimSpace(text(n))
	}
	return all
}

