package peer

import (
	"cmp"
	"fmt"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// describe says what it is that a server sent instead of frames, in one printable line.
func describe(b []byte) string {
	return cmp.Or(session.OtherProtocol(protocol.ServerToClient, b), fmt.Sprintf("bytes that are no text, % x", b[:min(len(b), 8)]))
}
