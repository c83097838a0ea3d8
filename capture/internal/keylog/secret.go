package keylog

import (
	"fmt"
	"io"
	"strings"
)

// RandomLen is the length of a client random, in bytes.
const RandomLen = 32

// MaxSecretLen is the length of the longest secret, in bytes: a TLS 1.2 master
// secret, and a traffic secret of a suite with SHA-384.
const MaxSecretLen = 48

// A Random is the client random of a session, by which key logs name it.
type Random = [RandomLen]byte

// A Label says what a secret is for.
type Label uint8

// The labels of the secrets that are kept.
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

// String returns the label as key logs have it: "CLIENT_TRAFFIC_SECRET_0".
func (l Label) String() string {
	if l >= labels {
		return fmt.Sprintf("Label(%d)", uint8(l))
	}
	return labelNames[l]
}

// lengthFault says what is wrong with a secret of n bytes for l; "" if nothing.
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

// Secrets are what is known of one session. The zero value holds none. It is a
// value: what a store learns later is not in it.
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

// Set keeps a copy of secret for l. It fails where the length is not one that
// the label can have: 48 bytes for Master, else 32 or 48.
func (s *Secrets) Set(l Label, secret []byte) error {
	if fault := l.lengthFault(len(secret)); fault != "" {
		return fmt.Errorf("key log: %s", fault)
	}
	s.secrets[l].n = uint8(len(secret))
	copy(s.secrets[l].b[:], secret)
	return nil
}

// Format writes which secrets are known, whatever the verb: never what they are.
func (s Secrets) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.describe()) }

// MarshalText says the same to what encodes values, such as JSON and slog.
func (s Secrets) MarshalText() ([]byte, error) { return []byte(s.describe()), nil }

func (s *Secrets) describe() string {
	var known []string
	for l := range labels {
		if s.secrets[l].n > 0 {
			known = append(known, l.String())
		}
	}
	return "Secrets(" + strings.Join(known, ", ") + ")"
}
