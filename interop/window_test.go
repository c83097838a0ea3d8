package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

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

// checkWindows shows a page in windows of all widths. Nothing of it may lie beyond their right
// edge, but for tables that scroll by themselves, and the labels of its charts must be whole.
func checkWindows(ctx context.Context, t *testing.T, page []byte) {
	t.Helper()
	for i, m := range measure(ctx, t, page) {
		m.check(t, i)
	}
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
