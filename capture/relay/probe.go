package relay

import (
	"context"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/leg"
)

// begins waits for the client's first bytes, and tells whether they came: one that sends
// none begins no session. It ends with ctx, and after HandshakeTimeout.
func (r *Relay) begins(ctx context.Context, client *leg.Socket) bool {
	_ = client.SetReadDeadline(time.Now().Add(r.cfg.HandshakeTimeout)) // fails where the client is gone
	stop := context.AfterFunc(ctx, func() { _ = client.SetReadDeadline(time.Unix(1, 0)) })
	came := client.Await()
	if stop() {
		_ = client.SetReadDeadline(time.Time{})
	}
	return came
}

// probed ends a connection that was no session, and tells the sink of it.
func (r *Relay) probed(client *leg.Socket) {
	_ = client.Close()
	client.Release()
	r.sink.Record(&capture.Event{
		Kind: capture.Probed, At: r.clock(), Route: r.cfg.Name, Client: client.RemoteAddr().String(),
	})
}
