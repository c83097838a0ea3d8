package keylog

import (
	"fmt"
	"io"
	"strings"
)

// RandomLen is the length of a client random, in bytes.
const RandomLen = 32

// MaxSecretLen is the length of the longest secret, in bytes: that of a TLS 1.2
// master secret, and of a traffic secret of a suite with SHA-384.
const MaxSecretLen = 48

// A Random is the client random of a session, by which a key log names it.
type Random = [RandomLen]byte

// A Label says what a secret is for.
type Label uint8

// The labels of the secrets that are kept (RFC 9850, section 2).
const (
	Master          Label = iota // CLIENT_RANDOM: TLS 1.2 master secret
	ClientHandshake              // CLIENT_HANDSHAKE_TRAFFIC_SECRET
	ServerHandshake              // SERVER_HANDSHAKE_TRAFFIC_SECRET
	ClientTraffic                // CLIENT_TRAFFIC_SECRET_0
	ServerTraffic                // SERVER_TRAFFIC_SECRET_0
	ClientEarly                  // CLIENT_EARLY_TRAFFIC_SECRET
	labels
)

var labelNames = [labels]string{
	Master:          "CLIENT_RANDOM",
	ClientHandshake: "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
	ServerHandshake: "SERVER_HANDSHAKE_TRAFFIC_SECRET",
	ClientTraffic:   "CLIENT_TRAFFIC_SECRET_0",
	ServerTraffic:   "SERVER_TRAFFIC_SECRET_0",
	ClientEarly:     "CLIENT_EARLY_TRAFFIC_SECRET",
}

// String returns the label as a key log has it, such as "CLIENT_TRAFFIC_SECRET_0".
func (l Label) String() string {
	if l >= labels {
		return fmt.Sprintf("Label(%d)", uint8(l))
	}
	return labelNames[l]
}

// lengthFault says what is wrong with a secret of n bytes for l, "" for nothing.
func (l Label) lengthFault(n int) string {
	switch {
	case l >= labels:
		return "no such label"
	case l == Master && n != 48:
		return fmt.Sprintf("%v secret is %d bytes, not 48", l, n)
	case n != 32 && n != 48:
		return fmt.Sprintf("%v secret is %d bytes, not 32 or 48", l, n)
	}
	return ""
}

// Secrets are those that are known of one session. The zero value has none. What a
// store learns later does not get into Secrets that it has returned.
type Secrets struct {
	secrets [labels]secret
}

type secret struct {
	n uint8
	b [MaxSecretLen]byte
}

// Get returns the secret for l, nil where it is not known. It aliases s.
func (s *Secrets) Get(l Label) []byte {
	if l >= labels || s.secrets[l].n == 0 {
		return nil
	}
	return s.secrets[l].b[:s.secrets[l].n]
}

// Set keeps a copy of secret for l. It fails where the length is not one that the
// label can have: 48 bytes for Master, else 32 or 48.
func (s *Secrets) Set(l Label, secret []byte) error {
	if fault := l.lengthFault(len(secret)); fault != "" {
		return fmt.Errorf("key log: %s", fault)
	}
	s.secrets[l].n = uint8(len(secret))
	copy(s.secrets[l].b[:], secret)
	return nil
}

// Format implements [fmt.Formatter]. Whatever the verb, it writes which secrets are
// known, and nothing of them.
func (s Secrets) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.describe()) }

// MarshalText implements [encoding.TextMarshaler], which JSON and slog use. It
// returns the same.
func (s Secrets) MarshalText() ([]byte, error) { return []byte(s.describe()), nil }

// describe names the secrets that are known.
func (s *Secrets) describe() string {
	var known []string
	for l := range labels {
		if s.secrets[l].n > 0 {
			known = append(known, l.String())
		}
	}
	return "Secrets(" + strings.Join(known, ", ") + ")"
}
