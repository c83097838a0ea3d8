package tlsrec

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"fmt"
	"hash"
	"io"
)

// Keys protect one direction of one connection, from one change of keys to the
// next. However they are formatted, they show nothing of what they hold.
type Keys struct {
	params *SuiteParams
	aead   cipher.AEAD
	iv     [12]byte
	secret []byte // TLS 1.3: the traffic secret, for the next keys
}

// Format implements [fmt.Formatter]. Whatever the verb, it writes the type's name
// alone.
func (k Keys) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "tlsrec.Keys") }

// TrafficKeys derives TLS 1.3 keys from a traffic secret (RFC 8446, section 7.3),
// of which it keeps a copy. It fails with [ErrSuite] where s is no supported suite
// of TLS 1.3, and where the secret is not as long as the suite's hash.
func TrafficKeys(s Suite, secret []byte) (Keys, error) {
	p := s.ForVersion(VersionTLS13)
	if p == nil {
		return Keys{}, suiteFault(s)
	}
	if len(secret) != p.hashLen {
		return Keys{}, fmt.Errorf("traffic secret is %d bytes, not %d as of %v", len(secret), p.hashLen, s)
	}
	return p.trafficKeys(append([]byte(nil), secret...))
}

// trafficKeys returns the TLS 1.3 keys that a traffic secret gives, and keeps it.
func (p *SuiteParams) trafficKeys(secret []byte) (Keys, error) {
	k := Keys{params: p, secret: secret}
	key, err := p.expand(secret, "key", p.keyLen)
	if err != nil {
		return Keys{}, err
	}
	iv, err := p.expand(secret, "iv", p.ivLen)
	if err != nil {
		return Keys{}, err
	}
	copy(k.iv[:], iv)
	k.aead, err = p.aead(key)
	return k, err
}

// next returns the keys behind a KeyUpdate (RFC 8446, section 7.2). It fails for
// TLS 1.2.
func (k *Keys) next() (Keys, error) {
	if k.secret == nil {
		return Keys{}, fmt.Errorf("%w: only TLS 1.3 updates keys", ErrUnexpected)
	}
	secret, err := k.params.expand(k.secret, "traffic upd", k.params.hashLen)
	if err != nil {
		return Keys{}, err
	}
	return k.params.trafficKeys(secret)
}

// expand is HKDF-Expand-Label without a context (RFC 8446, section 7.1).
func (p *SuiteParams) expand(secret []byte, label string, n int) ([]byte, error) {
	const prefix = "tls13 "
	info := make([]byte, 0, 4+len(prefix)+len(label))
	info = append(info, byte(n>>8), byte(n), byte(len(prefix)+len(label)))
	info = append(append(info, prefix...), label...)
	info = append(info, 0)
	return hkdf.Expand(p.hash, secret, string(info), n)
}

// SessionKeys derives the TLS 1.2 keys of both directions from the master secret
// (RFC 5246, section 6.3): client protects what the client sends. It fails with
// [ErrSuite] where s is no supported suite of TLS 1.2, and where the master secret
// has not 48 bytes or a random not 32.
func SessionKeys(s Suite, master, clientRandom, serverRandom []byte) (client, server Keys, err error) {
	p := s.ForVersion(VersionTLS12)
	if p == nil {
		return Keys{}, Keys{}, suiteFault(s)
	}
	if len(master) != 48 || len(clientRandom) != 32 || len(serverRandom) != 32 {
		return Keys{}, Keys{}, fmt.Errorf("master secret and randoms are %d, %d and %d bytes, not 48, 32 and 32",
			len(master), len(clientRandom), len(serverRandom))
	}
	block := make([]byte, 2*p.keyLen+2*p.ivLen)
	prf(p.hash, block, master, "key expansion", serverRandom, clientRandom)
	cut := func(n int) (part []byte) {
		part, block = block[:n], block[n:]
		return part
	}
	clientKey, serverKey := cut(p.keyLen), cut(p.keyLen)
	if client, err = p.sessionKeys(clientKey, cut(p.ivLen)); err != nil {
		return Keys{}, Keys{}, err
	}
	server, err = p.sessionKeys(serverKey, cut(p.ivLen))
	return client, server, err
}

// sessionKeys returns the TLS 1.2 keys of one direction.
func (p *SuiteParams) sessionKeys(key, iv []byte) (Keys, error) {
	k := Keys{params: p}
	copy(k.iv[:], iv)
	aead, err := p.aead(key)
	k.aead = aead
	return k, err
}

// prf fills out with TLS 1.2's pseudorandom function (RFC 5246, section 5).
func prf(h func() hash.Hash, out, secret []byte, label string, seed ...[]byte) {
	mac := hmac.New(h, secret)
	write := func() {
		mac.Write([]byte(label))
		for _, s := range seed {
			mac.Write(s)
		}
	}
	write()
	a := mac.Sum(nil)
	for len(out) > 0 {
		mac.Reset()
		mac.Write(a)
		write()
		out = out[copy(out, mac.Sum(nil)):]
		mac.Reset()
		mac.Write(a)
		a = mac.Sum(nil)
	}
}
