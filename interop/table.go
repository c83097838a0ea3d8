package interop

import (
	"fmt"
	"strings"
)

// Table returns as a table what came of a pair of peers: the traffic past the relay, which
// may be nil, and through it, and the heartbeats that the relay injected.
func Table(pair string, past *Traffic, relayed Traffic, tally Tally) string {
	var direct Traffic
	if past != nil {
		direct = *past
	}
	var table strings.Builder
	row := func(name string, a, b any) { fmt.Fprintf(&table, "  %-22s %12v %12v\n", name, a, b) }

	fmt.Fprintf(&table, "%s\n", pair)
	row("traffic", "direct", "relayed")
	row("requests", direct.Requests, relayed.Requests)
	row("failed", direct.Failed, relayed.Failed)
	row("down, SHA-256 right", size(direct.Down), size(relayed.Down))
	row("up, SHA-256 right", size(direct.Up), size(relayed.Up))
	row("down", rate(direct.Down), rate(relayed.Down))
	row("up", rate(direct.Up), rate(relayed.Up))
	if tally.Summary == nil {
		return table.String()
	}
	server, client := tally.Summary.Heartbeats.TowardServer.Injected, tally.Summary.Heartbeats.TowardClient.Injected
	row("heartbeats", "to server", "to client")
	row("sent", server.Sent, client.Sent)
	row("answered", server.Answered, client.Answered)
	row("lost", server.Lost, client.Lost)
	row("cut off at the end", server.Cut, client.Cut)
	row("p50", server.P50, client.P50)
	row("p95", server.P95, client.P95)
	row("p99", server.P99, client.P99)
	row("max", server.Max, client.Max)
	fmt.Fprintf(&table, "  %d sessions, %d streams, %d frames, in %d lines of events\n",
		tally.Summary.Sessions, tally.Summary.Streams, tally.Summary.Frames, tally.Lines)
	return table.String()
}

func size(t Transfer) string { return fmt.Sprintf("%d MiB", t.Bytes>>20) }

func rate(t Transfer) string { return fmt.Sprintf("%.0f MB/s", t.Rate()) }
