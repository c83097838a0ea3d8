package interop

import (
	"context"
	"testing"
	"time"

	"anytls-inspect/protocol"
)

// TestPeers: the programs of each peer were built, are what the guide takes them for, and have the
// version of the table, which is one that the guide does not call untested.
func TestPeers(t *testing.T) {
	ends := [...]protocol.Peer{protocol.Server, protocol.Client}
	for _, p := range Peers {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel() // programs are asked
			for _, as := range ends {
				p.check(t, as)
			}
		})
	}
	for _, client := range browsers {
		t.Run(client, func(t *testing.T) {
			t.Parallel()
			FindPeer("sing-box v1.14.1").As(client).check(t, protocol.Client)
		})
	}
}

func (p Peer) check(t *testing.T, as protocol.Peer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	end, err := p.End(ctx, as)
	if err != nil {
		t.Fatal(err)
	}
	if want := p.named(); end.Peer != want {
		t.Errorf("the %v is %+v, want %+v", as, end.Peer, want)
	}
}
