package relay

import (
	"context"
	"time"

	"anytls-inspect/capture"
)

// begins waits for the client's first bytes, and tells whether they came: one that sends
// none begins no session. It ends with ctx, and after HandshakeTimeout.
func (s *liveSession) begins(ctx context.Context) bool {
	_ = s.client.SetReadDeadline(time.Now().Add(s.relay.cfg.HandshakeTimeout)) // fails where the client is gone
	stop := context.AfterFunc(ctx, func() { _ = s.client.SetReadDeadline(time.Unix(1, 0)) })
	came := s.client.Await()
	if stop() {
		_ = s.client.SetReadDeadline(time.Time{})
	}
	return came
}

// probed ends a connection that was no session, and tells the sink of it.
func (s *liveSession) probed() {
	_ = s.client.Close()
	s.client.Release()
	s.relay.sink.Record(&capture.Event{
		Kind: capture.Probed, At: s.relay.clock(), Route: s.relay.cfg.Name, Client: s.client.RemoteAddr().String(),
	})
}
