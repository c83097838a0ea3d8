package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
)

// settingsTimeout is how long the server may take to send its ServerSettings. One of
// version 1 never does.
const settingsTimeout = 5 * time.Second

// findsOut says how it is found out whether a server speaks version 1.
const findsOut = "--target HOST:PORT finds out"

// An opening is what came of opening a ping's session, which stands.
type opening struct {
	settled bool // the server sent ServerSettings
	// silent is why the server is taken for one that says nothing; nil where it has said
	// something.
	silent error
	tried  bool        // a stream to the target was opened
	answer peer.Answer // what the server sent on it; zero where it sent nothing in time
}

// open opens the session, and a stream to the target where there is one. The client is nil
// where there is no connection. An error says that there is no session.
func (p *pinger) open(ctx context.Context, cfg peer.ClientConfig) (*peer.Client, opening, error) {
	dialing, cancel := context.WithTimeout(ctx, p.cfg.connection.handshakeTimeout)
	defer cancel()
	client, err := peer.Dial(dialing, cfg)
	if err != nil {
		return nil, opening{}, err
	}
	greeting, cancel := context.WithTimeout(ctx, p.cfg.settings)
	defer cancel()
	o, err := p.try(ctx, client)
	if err != nil {
		return client, o, err
	}
	if o.older() && client.ServerVersion() == 0 {
		return client, o, nil // ServerSettings would have come before that
	}
	switch err = client.Greet(greeting); {
	case err == nil:
		o.settled = true
	case errors.Is(err, peer.ErrNoServerSettings) && ctx.Err() == nil:
		o.silent, err = client.Silent(), nil
	case errors.Is(err, peer.ErrNoServerSettings):
		err = ctx.Err()
	}
	return client, o, err
}

// try opens the stream to the target, where there is one. As of a client that is in use, it
// goes out with the Settings.
func (p *pinger) try(ctx context.Context, client *peer.Client) (o opening, err error) {
	if p.cfg.target == (protocol.Address{}) {
		return o, nil
	}
	within, cancel := context.WithTimeout(ctx, p.cfg.timeout)
	defer cancel()
	o.tried = true
	o.answer, err = client.Try(within, p.cfg.target)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = nil // the server said nothing
	}
	return o, err
}

// older tells whether the server has answered the stream as only one of version 1 does:
// without a SYNACK.
func (o *opening) older() bool {
	return o.answer.Command == protocol.PSH || o.answer.Command == protocol.FIN
}

// version returns the protocol version of the session, 0 where nothing shows it. Server is
// that of the ServerSettings, 0 where none came: silence alone says nothing of it.
func (o *opening) version(server int) int {
	switch {
	case server > 0:
		return min(server, 2)
	case o.older():
		return 1
	default:
		return 0
	}
}

// failure says what of the opening has failed though the session stands; nil: nothing. A
// server that has spoken since is not silent.
func (o *opening) failure(client *peer.Client, target protocol.Address, timeout time.Duration) error {
	silent := client.Silent()
	switch {
	case o.silent != nil && silent != nil && !o.tried:
		return fmt.Errorf("%w; or version 1: %s", silent, findsOut)
	case o.silent != nil && silent != nil:
		return silent
	case !o.tried:
		return nil
	case o.answer.Refusal != "":
		return fmt.Errorf("the stream to %v was refused: %s: the server can't reach the target, or does not let this user", target, o.answer.Refusal)
	case o.answer == peer.Answer{}:
		return fmt.Errorf("the stream to %v was not answered within %v (-W): the server may wait for the target, or answer no stream", target, timeout)
	default:
		return nil
	}
}
