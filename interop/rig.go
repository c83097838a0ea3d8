package interop

import (
	"context"
	"fmt"
)

const password = "interop"

// A Rig is a running pair of peers: an HTTP client, the peer's client, perhaps the relay,
// the peer's server, and a target.
type Rig struct {
	Pair
	Server, Client *Process
	Relay          *Relay // nil without the relay
	Proxy          Proxy

	target Target
}

// StartRig starts a pair, with the relay in between unless mode is nil. The programs keep
// their files in folders that dir makes. They run until [Rig.Close], or at the latest until
// ctx ends.
func StartRig(ctx context.Context, dir func() string, pair Pair, mode *RelayMode) (*Rig, error) {
	r := &Rig{Pair: pair}
	if err := r.start(ctx, dir, mode); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (r *Rig) start(ctx context.Context, dir func() string, mode *RelayMode) error {
	target, err := NewTarget()
	if err != nil {
		return err
	}
	r.target = target
	server, addr, err := r.Pair.Server.StartServer(ctx, dir(), password)
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	r.Server = server
	if mode != nil {
		if r.Relay, err = StartRelay(ctx, dir(), addr, password, *mode); err != nil {
			return err
		}
		addr = r.Relay.Addr
	}
	client, socks, err := r.Pair.Client.StartClient(ctx, dir(), addr, password)
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	r.Client = client
	r.Proxy, err = NewProxy(socks, target)
	return err
}

// Close ends all that was started, the client first.
func (r *Rig) Close() {
	if r.Client != nil {
		r.Client.Kill()
	}
	if r.Relay != nil {
		r.Relay.Kill()
	}
	if r.Server != nil {
		r.Server.Kill()
	}
	if r.target.Server != nil {
		r.target.Close()
	}
}

// Logs returns the end of what each program wrote.
func (r *Rig) Logs() string {
	logs := fmt.Sprintf("server's log:\n%s\nclient's log:\n%s", r.Server.Log(), r.Client.Log())
	if r.Relay != nil {
		logs += "\nrelay's log:\n" + r.Relay.Log()
	}
	return logs
}
