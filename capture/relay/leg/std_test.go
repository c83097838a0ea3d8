package leg_test

import (
	"crypto/tls"
	"testing"

	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/capture/relay/leg/legtest"
)

// std does the handshake as the relay does.
func std(s *leg.Socket, cfg *tls.Config, client bool) (leg.Leg, error) {
	conn := tls.Server(s, cfg)
	if client {
		conn = tls.Client(s, cfg)
	}
	if err := conn.Handshake(); err != nil {
		return nil, err
	}
	return leg.NewStd(s, conn), nil
}

// TestStd holds the kind to the contract.
func TestStd(t *testing.T) { legtest.Run(t, std) }
