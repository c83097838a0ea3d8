package cell_test

import (
	"fmt"
	"time"

	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// A table in a box. With the zero Styles, the text has no escape sequences.
func Example() {
	var s cell.Styles
	p := &s.Row
	table := cell.NewTable([]cell.Column{
		{Title: "#", Least: 2, Most: 2, Right: true},
		{Title: "target", Least: 10},
		{Title: "up", Least: 5, Most: 5, Right: true},
	}, 28)
	content := cell.Content{Width: 28, Lines: []string{
		table.Header(p, 28),
		table.Line(p, []cell.Span{p.Dim.Span("1"), p.Text.Span("example.com:443"), p.Up.Span(cell.Size(34_000))}, 28),
		table.Line(p, []cell.Span{p.Dim.Span("2"), p.Text.Span("a\x1b[2Jb"), p.Up.Span(cell.Size(120))}, 28),
	}}
	for _, line := range s.Box([]cell.Span{s.Title.Span(" Streams ")}, content, 30, 5, true) {
		fmt.Println(line)
	}
	// Output:
	// ╭─ Streams ──────────────────╮
	// │ # target                 up│
	// │ 1 example.com:443       34k│
	// │ 2 a\x1b[2Jb             120│
	// ╰────────────────────────────╯
}

// The bars of round-trip times, with a heartbeat that was lost.
func ExampleSparkline() {
	const ms = time.Millisecond
	rows, top := cell.Sparkline(&cell.Palette{}, []time.Duration{2 * ms, 4 * ms, session.LostSample, 8 * ms, 16 * ms}, 2, 5)
	for _, row := range rows {
		fmt.Printf("[%s]\n", row)
	}
	fmt.Println("up to", cell.RTT(top))
	// Output:
	// [    █]
	// [▂▄×██]
	// up to 16.0ms
}
