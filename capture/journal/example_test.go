package journal_test

import (
	"fmt"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A source records events. A reader pulls what they meant, in batches, from a cursor
// on.
func Example() {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	j := journal.New(journal.Limits{}, session.Config{})
	preamble := protocol.Preamble{Hash: protocol.HashPassword("secret"), Padding: 30}.Append(nil)
	j.Record(&capture.Event{Kind: capture.Opened, Session: 1, At: now, Client: "192.0.2.1:1000", Server: "192.0.2.2:443"})
	j.Record(&capture.Event{Kind: capture.Data, Session: 1, At: now, Dir: protocol.ClientToServer, Data: preamble})

	var batch journal.Batch
	for j.Read(&batch, 100) {
		for i := range batch.Entries {
			switch e := &batch.Entries[i]; n := e.Notice.(type) {
			case nil:
				fmt.Println(e.Index, e.Dir, e.Name(), e.Frame().Info())
			case journal.SessionOpen:
				fmt.Println(e.Index, n.NoticeName(), n.Client)
			default:
				fmt.Println(e.Index, n.NoticeName())
			}
		}
	}
	// Output:
	// 1 session-open 192.0.2.1:1000
	// 2 c2s preamble padding0 30 bytes
	// 3 auth
}

// A screen that is frozen asks a snapshot: what it shows stays as it was, though the
// journal goes on.
func ExampleTake() {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	j := journal.New(journal.Limits{}, session.Config{})
	j.Record(&capture.Event{Kind: capture.Opened, Session: 1, At: now})
	frozen := journal.Take(j)
	j.Record(&capture.Event{Kind: capture.Opened, Session: 2, At: now})

	for _, at := range []journal.Moment{frozen, j} {
		fmt.Println(journal.Look(at, journal.AskSummary{}).Live, "live")
	}
	// Output:
	// 1 live
	// 2 live
}
