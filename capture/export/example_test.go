package export_test

import (
	"fmt"
	"os"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A source records events into a journal, and a JSON writer writes what the journal
// makes of them.
func ExampleNewJSON() {
	// The key of fingerprints is the user's secret, and not this one.
	j := journal.New(journal.Limits{}, session.Config{Fingerprints: protocol.FingerprintKey{1}})
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	data := protocol.Preamble{Hash: protocol.HashPassword("secret")}.Append(nil)
	data, _ = protocol.AppendFrame(data, protocol.Settings, 0, []byte("v=2"))
	for _, e := range []capture.Event{
		{Kind: capture.Opened, Client: "192.0.2.1:50000", Server: "192.0.2.2:443"},
		{Kind: capture.Established},
		{Kind: capture.Data, Dir: protocol.ClientToServer, Data: data},
		{Kind: capture.Closed, By: session.ClosedByClient},
	} {
		e.At, e.Session = at, 1
		j.Record(&e)
	}

	w := export.NewJSON(os.Stdout, export.Options{})
	b := new(journal.Batch)
	for j.Read(b, 100) {
		for i := range b.Entries {
			if err := w.Entry(&b.Entries[i]); err != nil {
				fmt.Println(err)
				return
			}
		}
	}
	if err := w.Flush(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"event":"session-open","time":"2026-01-02T03:04:05Z","session":1,"client":"192.0.2.1:50000","server":"192.0.2.2:443"}
	// {"event":"auth","time":"2026-01-02T03:04:05Z","session":1,"dir":"c2s","padding":0,"password":"unknown","fingerprint":"a2babce8"}
	// {"event":"frame","time":"2026-01-02T03:04:05Z","session":1,"dir":"c2s","code":4,"cmd":"Settings","stream":0,"len":3,"info":"v=2"}
	// {"event":"session-close","time":"2026-01-02T03:04:05Z","session":1,"by":"client","up":0,"down":0,"frames":1,"streams":0,"owed":[{"what":"ServerSettings","by":"server","stream":0,"ms":0}]}
}
