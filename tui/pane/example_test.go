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

// What a refresh does with a pane: it asks, takes the answer, and draws itself.
func Example() {
	now := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	j := journal.New(journal.Limits{Entries: 64, Bytes: 1 << 10}, session.Config{})
	for id := range capture.SessionID(3) {
		j.Record(&capture.Event{Kind: capture.Opened, Session: id + 1, At: now, Client: "192.0.2.10:50001"})
	}

	var sessions pane.Sessions
	sessions.Follow()
	refresh := func() {
		var q pane.Query
		sessions.Ask(&q, 5)
		view := q.Look(j)
		sessions.Answer(view)
		c := sessions.Draw(&pane.Scene{View: view, Styles: new(cell.Styles), Now: now}, 50, 5, true)
		for _, line := range c.Lines {
			fmt.Printf("[%s]\n", line)
		}
	}
	refresh()
	sessions.Move(pane.LineUp)
	refresh()
	fmt.Println(sessions.Chosen())
	// Output:
	// [  # state     client                note          ]
	// [  ∗ all       sessions together                   ]
	// [  1 ◌ opening 192.0.2.10:50001      TLS handshake ]
	// [  2 ◌ opening 192.0.2.10:50001      TLS handshake ]
	// [▸ 3 ◌ opening 192.0.2.10:50001      TLS handshake ]
	// [  # state     client                note          ]
	// [  ∗ all       sessions together                   ]
	// [  1 ◌ opening 192.0.2.10:50001      TLS handshake ]
	// [▸ 2 ◌ opening 192.0.2.10:50001      TLS handshake ]
	// [  3 ◌ opening 192.0.2.10:50001      TLS handshake ]
	// 2 true
}
