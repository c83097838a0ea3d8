package session_test

import (
	"fmt"
	"testing"
	"time"

	"anytls-inspect/protocol/session"
)

// BenchmarkIncidents lists the incidents where as many are held as can be: first what is done while
// those wait who record, and then the rest.
func BenchmarkIncidents(b *testing.B) {
	var in session.Incidents
	at := start
	for n := range 400 {
		for id := range uint32(40) {
			at = at.Add(time.Millisecond)
			in.Join(at, session.Place{Session: id + 1, Server: "server:443", Client: "192.0.2.1"}, session.Diagnostic{
				Code: session.CodeSYNACKError, Severity: session.Warning, Stream: 1, Target: fmt.Sprintf("host%d:80", n), Text: "refused",
			})
		}
	}
	b.Run("held", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			in.Held()
		}
	})
	held := in.Held()
	b.Run("list", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			held.List()
		}
	})
}
