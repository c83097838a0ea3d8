package tlstap

import (
	"bytes"
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/protocol"
)

// The extensions that are read (RFC 8446, section 4.2).
const (
	extServerName        = 0
	extALPN              = 16
	extPreSharedKey      = 41
	extEarlyData         = 42
	extSupportedVersions = 43
)

// A clientHello is what is read of a ClientHello (RFC 8446, section 4.1.2).
type clientHello struct {
	random    [32]byte
	sessionID []byte
	sni       string
	early     bool // it offers 0-RTT
}

// A serverHello is what is read of a ServerHello (RFC 8446, section 4.1.3).
type serverHello struct {
	version   uint16
	random    [32]byte
	sessionID []byte
	suite     tlsrec.Suite
	alpn      string // TLS 1.2
	psk       bool

	compression uint8 // TLS 1.2; 0: none
}

// retryRandom is the random of a ServerHello that is a HelloRetryRequest: the
// SHA-256 of that name (RFC 8446, section 4.1.3).
var retryRandom = [32]byte{
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
}

func parseClientHello(msg []byte) (h clientHello, err error) {
	s := cryptobyte.String(msg)
	var version uint16
	var sessionID, suites, compression cryptobyte.String
	if !s.ReadUint16(&version) || !s.CopyBytes(h.random[:]) || !s.ReadUint8LengthPrefixed(&sessionID) ||
		!s.ReadUint16LengthPrefixed(&suites) || !s.ReadUint8LengthPrefixed(&compression) {
		return h, malformed("ClientHello")
	}
	h.sessionID = bytes.Clone(sessionID)
	return h, extensions(s, "ClientHello", func(typ uint16, data cryptobyte.String) (ok bool) {
		switch typ {
		case extServerName:
			h.sni, ok = serverName(data)
			return ok
		case extEarlyData:
			h.early = true
		}
		return true
	})
}

func parseServerHello(msg []byte) (h serverHello, err error) {
	s := cryptobyte.String(msg)
	var sessionID cryptobyte.String
	var suite uint16
	if !s.ReadUint16(&h.version) || !s.CopyBytes(h.random[:]) || !s.ReadUint8LengthPrefixed(&sessionID) ||
		!s.ReadUint16(&suite) || !s.ReadUint8(&h.compression) {
		return h, malformed("ServerHello")
	}
	h.sessionID, h.suite = sessionID, tlsrec.Suite(suite)
	return h, extensions(s, "ServerHello", func(typ uint16, data cryptobyte.String) (ok bool) {
		switch typ {
		case extSupportedVersions:
			return data.ReadUint16(&h.version)
		case extALPN:
			h.alpn, ok = protocolName(data)
			return ok
		case extPreSharedKey:
			h.psk = true
		}
		return true
	})
}

// parseEncryptedExtensions returns the protocol that was agreed on, and whether
// 0-RTT was accepted (RFC 8446, sections 4.3.1 and 4.2.10).
func parseEncryptedExtensions(msg []byte) (alpn string, accepted bool, err error) {
	err = extensions(msg, "EncryptedExtensions", func(typ uint16, data cryptobyte.String) (ok bool) {
		switch typ {
		case extALPN:
			alpn, ok = protocolName(data)
			return ok
		case extEarlyData:
			accepted = true
		}
		return true
	})
	return alpn, accepted, err
}

// extensions calls each with every extension in s, which is the end of a message.
// In TLS 1.2 it may be empty. It fails where s is malformed, or each returns false.
func extensions(s cryptobyte.String, message string, each func(typ uint16, data cryptobyte.String) bool) error {
	if s.Empty() {
		return nil
	}
	var list cryptobyte.String
	if !s.ReadUint16LengthPrefixed(&list) || !s.Empty() {
		return malformed(message)
	}
	for !list.Empty() {
		var typ uint16
		var data cryptobyte.String
		if !list.ReadUint16(&typ) || !list.ReadUint16LengthPrefixed(&data) || !each(typ, data) {
			return malformed(message)
		}
	}
	return nil
}

// serverName returns the host name of a client's server_name extension (RFC 6066,
// section 3), "" where it has none, and false where it is malformed.
func serverName(data cryptobyte.String) (string, bool) {
	var list cryptobyte.String
	if !data.ReadUint16LengthPrefixed(&list) {
		return "", false
	}
	for !list.Empty() {
		var typ uint8
		var name cryptobyte.String
		if !list.ReadUint8(&typ) || !list.ReadUint16LengthPrefixed(&name) {
			return "", false
		}
		if typ == 0 {
			return printable(name), true
		}
	}
	return "", true
}

// protocolName returns the protocol of a server's ALPN extension (RFC 7301, section
// 3.1), and false where it is malformed.
func protocolName(data cryptobyte.String) (string, bool) {
	var list, name cryptobyte.String
	if !data.ReadUint16LengthPrefixed(&list) || !list.ReadUint8LengthPrefixed(&name) {
		return "", false
	}
	return printable(name), true
}

// maxName is the length of the longest name that is kept, in bytes: a host name has
// 253 at most, an ALPN protocol 255.
const maxName = 255

// printable returns bytes of a peer as text that is safe on a terminal.
func printable(b []byte) string {
	return protocol.Printable(b[:min(len(b), maxName)])
}

// malformed returns the error for a message that makes no sense.
func malformed(message string) error {
	return fmt.Errorf("%w: a malformed %s", tlsrec.ErrUnexpected, message)
}
