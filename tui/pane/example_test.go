package pane_test

import (
	"fmt"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
	"anytls-inspect/tui/pane"
)

// What a refresh does with a pane: it asks, and draws itself. A key moves its cursor, and
// it wants the other panes to follow.
func Example() {
	now := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	j := journal.New(journal.Limits{Entries: 64, Bytes: 1 << 10}, session.Config{})
	for id := range capture.SessionID(3) {
		j.Record(&capture.Event{Kind: capture.Opened, Session: id + 1, At: now, Client: "192.0.2.10:50001"})
	}

	var sessions pane.Sessions
	sessions.Follow()
	refresh := func() {
		sessions.Ask(j, 5)
		summary := journal.Look(j, journal.AskSummary{})
		c := sessions.Draw(&pane.Scene{Summary: summary, Styles: new(cell.Styles), Now: now}, 50, 5, true)
		for _, line := range c.Lines {
			fmt.Printf("[%s]\n", line)
		}
	}
	refresh()
	fmt.Printf("%+v\n", sessions.Move(pane.LineUp))
	refresh()
	// Output:
	// [  # state     client                note          ]
	// [  ∗ all       sessions together                   ]
	// [  1 ◌ opening 192.0.2.10:50001      TLS handshake ]
	// [  2 ◌ opening 192.0.2.10:50001      TLS handshake ]
	// [▸ 3 ◌ opening 192.0.2.10:50001      TLS handshake ]
	// {Session:2}
	// [  # state     client                note          ]
	// [  ∗ all       sessions together                   ]
	// [  1 ◌ opening 192.0.2.10:50001      TLS handshake ]
	// [▸ 2 ◌ opening 192.0.2.10:50001      TLS handshake ]
	// [  3 ◌ opening 192.0.2.10:50001      TLS handshake ]
}
