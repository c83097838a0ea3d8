package ca

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
)

const (
	// maxLeaves bounds the cache of issued certificates: clients choose the names.
	maxLeaves = 256
	leafLife  = 90 * 24 * time.Hour
	rsaBits   = 2048
)

// leafKeys are the keys of all leaves that clients are shown in a run.
type leafKeys struct {
	ecdsa *ecdsa.PrivateKey
	rsa   func() (*rsa.PrivateKey, error) // made by the first call, which takes some 100 ms
}

func newLeafKeys() (leafKeys, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return leafKeys{
		ecdsa: key,
		rsa: sync.OnceValues(func() (*rsa.PrivateKey, error) {
			return rsa.GenerateKey(rand.Reader, rsaBits)
		}),
	}, err
}

// suit returns the key whose leaf the client can use: ECDSA where it can use both, and
// where it can use neither.
func (k *leafKeys) suit(hello *tls.ClientHelloInfo) (crypto.Signer, error) {
	nameless := *hello
	nameless.ServerName = "" // the leaf will be for it, as far as a certificate can be
	if nameless.SupportsCertificate(&tls.Certificate{PrivateKey: k.ecdsa}) == nil || !offersRSA(hello) {
		return k.ecdsa, nil
	}
	return k.rsa()
}

// offersRSA tells whether a client can verify RSA signatures, or does without: in an RSA
// key exchange the server proves that it has the key by decrypting with it.
func offersRSA(hello *tls.ClientHelloInfo) bool {
	return slices.ContainsFunc(hello.SignatureSchemes, func(s tls.SignatureScheme) bool {
		switch s {
		case tls.PKCS1WithSHA256, tls.PKCS1WithSHA384, tls.PKCS1WithSHA512,
			tls.PSSWithSHA256, tls.PSSWithSHA384, tls.PSSWithSHA512:
			return true
		}
		return false
	}) || slices.ContainsFunc(hello.CipherSuites, func(id uint16) bool {
		return strings.HasPrefix(tls.CipherSuiteName(id), "TLS_RSA_")
	})
}

// A leafName names a leaf among those that were issued.
type leafName struct {
	server string // name or IP address; may be empty
	rsa    bool   // the leaf's key is RSA
}

// Certificate issues a certificate for the name that the client asks for; where
// it sends none, for the address that it connected to. Its key is ECDSA or RSA, as suits
// the client.
func (a *Authority) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	server := hello.ServerName
	if server == "" && hello.Conn != nil {
		host, _, err := net.SplitHostPort(hello.Conn.LocalAddr().String())
		if err == nil {
			server = host
		}
	}
	key, err := a.keys.suit(hello) // without the lock: it may take long
	if err != nil {
		return nil, fmt.Errorf("make a key for a certificate: %w", err)
	}
	_, isRSA := key.(*rsa.PrivateKey)
	name := leafName{server, isRSA}
	a.mu.Lock()
	defer a.mu.Unlock()
	if cert := a.leaves[name]; cert != nil && time.Now().Before(cert.Leaf.NotAfter) {
		return cert, nil
	}
	cert, err := a.issue(key, server)
	if err != nil {
		return nil, err
	}
	if len(a.leaves) >= maxLeaves {
		clear(a.leaves)
	}
	a.leaves[name] = cert
	return cert, nil
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// issue signs a certificate for names and IP addresses, with this key.
func (a *Authority) issue(key crypto.Signer, servers ...string) (*tls.Certificate, error) {
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      pkix.Name{Organization: []string{"anytls-inspect"}},
		NotBefore:    now.Add(-clockSkew),
		NotAfter:     now.Add(leafLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if _, isRSA := key.(*rsa.PrivateKey); isRSA {
		template.KeyUsage |= x509.KeyUsageKeyEncipherment // the RSA key exchange
	}
	// A name that is not ASCII can't stand in a certificate. A client that checks
	// names refuses one without it; the others must not suffer.
	for _, server := range servers {
		if ip := net.ParseIP(server); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if server != "" && isASCII(server) {
			template.DNSNames = append(template.DNSNames, server)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("issue a certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key, Leaf: leaf}, nil
}
