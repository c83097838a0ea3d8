package session

import "anytls-inspect/protocol"

// MaxHead is how many bytes of a stream's payload say at most where the stream leads to.
const MaxHead = headLimit

// TargetOf decodes where a stream leads to from what the client's payload on it begins with:
// host:port, printable. Of a stream that carries datagrams that is where the first one goes.
// The error is [protocol.ErrShort] where more bytes are needed; [MaxHead] are always enough.
func TargetOf(payload []byte) (string, error) {
	h, err := parseHead(payload)
	if err != nil {
		return "", err
	}
	return protocol.Printable(h.target.String()), nil
}
