package relay_test

import (
	"errors"
	"io"
	"syscall"
	"testing"

	"anytls-inspect/protocol"
)

// TestStallAndReset: while nothing is read from a peer, its reset is seen all the same.
func TestStallAndReset(t *testing.T) {
	r := ruled(t, `stall 1h where cmd == "FIN"`)
	client, server := ready(t, r.rig)
	exchange(t, client, server, frame(t, protocol.FIN, 1, nil))
	write(t, client, frame(t, protocol.PSH, 1, []byte("unread")))
	abort(t, client)
	if _, err := server.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the server's end is %v", err)
	}
	r.closed()
}

// TestStallAndBothEnds: peers that have both ended their streams need not wait for a stall.
func TestStallAndBothEnds(t *testing.T) {
	r := ruled(t, `stall 1h where cmd == "FIN"`)
	client, server := ready(t, r.rig)
	exchange(t, client, server, frame(t, protocol.FIN, 1, nil))
	last := frame(t, protocol.PSH, 1, []byte("last words"))
	write(t, client, last)
	_ = client.CloseWrite()
	_ = tcp(client).CloseWrite()
	_ = server.CloseWrite()
	_ = tcp(server).CloseWrite()
	expect(t, server, len(last))
	if _, err := server.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the end is %v", err)
	}
	r.closed()
}
