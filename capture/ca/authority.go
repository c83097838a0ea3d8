// Package ca is the relay's own certificate authority: it issues the certificates
// that the relay shows clients (RFC 5280), and keeps its certificate and key in two
// files of the user's configuration.
//
// Whoever has the key can impersonate any server to clients that trust the CA, so
// that its file has mode 0600 before it holds anything.
//
// How a client gets a certificate:
//
//  1. Its ClientHello names a server, or none.
//  2. The authority looks for a leaf of that name among those that it issued (of which
//     there are at most 256), and that lasts long enough.
//  3. Where there is none, it issues one.
//
// The package starts no goroutine. Authority.mu guards the leaves; the rest does not
// change.
package ca

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode"
)

const (
	caCertFile = "ca.pem"
	caKeyFile  = "ca-key.pem"
	// maxLeaves bounds the cache of issued certificates: clients choose the names.
	maxLeaves = 256
	leafLife  = 90 * 24 * time.Hour
	caLife    = 10 * 365 * 24 * time.Hour
	// clockSkew is how far back certificates are valid, for peers whose clock is
	// behind.
	clockSkew = 24 * time.Hour
)

// An Authority issues a certificate for any name that a client asks for. It is safe
// for concurrent use: mu guards the certificates that it has issued.
type Authority struct {
	Path string // of the certificate file; empty for one that is kept nowhere
	cert *x509.Certificate
	key  crypto.Signer
	leaf *ecdsa.PrivateKey // the key of all leaves of this run

	mu     sync.Mutex
	leaves map[string]*tls.Certificate
}

// Open reads the CA in dir, and makes it on first use: the certificate, and its key
// in a file of mode 0600. It makes dir, too.
func Open(dir string) (*Authority, error) {
	certPath, keyPath := filepath.Join(dir, caCertFile), filepath.Join(dir, caKeyFile)
	pair, err := tls.LoadX509KeyPair(certPath, keyPath)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeAuthority(dir, certPath, keyPath); err != nil {
			return nil, fmt.Errorf("make the CA: %w", err)
		}
		pair, err = tls.LoadX509KeyPair(certPath, keyPath)
	}
	if err != nil {
		return nil, fmt.Errorf("read the CA %s and %s (remove both to make a new one): %w", certPath, keyPath, err)
	}
	if !pair.Leaf.IsCA {
		return nil, fmt.Errorf("%s is not a CA certificate", certPath)
	}
	return newAuthority(certPath, pair.Leaf, pair.PrivateKey.(crypto.Signer))
}

// Ephemeral makes a CA that lives as long as the process, and is kept in no file.
func Ephemeral() (*Authority, error) {
	cert, key, err := makeCA()
	if err != nil {
		return nil, err
	}
	return newAuthority("", cert, key)
}

func newAuthority(path string, cert *x509.Certificate, key crypto.Signer) (*Authority, error) {
	leaf, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return &Authority{Path: path, cert: cert, key: key, leaf: leaf, leaves: make(map[string]*tls.Certificate)}, nil
}

// makeAuthority makes a CA and its two files.
func makeAuthority(dir, certPath, keyPath string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, path := range []string{certPath, keyPath} {
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%s is there, but not the other file of the pair: remove it to make a new CA", path)
		}
	}
	cert, key, err := makeCA()
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	// The key first: the certificate says that the pair is complete.
	if err := writePEM(keyPath, "PRIVATE KEY", keyDER, 0o600); err != nil {
		return err
	}
	return writePEM(certPath, "CERTIFICATE", cert.Raw, 0o644)
}

// makeCA makes a key and its self-signed CA certificate.
func makeCA() (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{CommonName: "anytls-inspect CA", Organization: []string{"anytls-inspect"}},
		NotBefore:             now.Add(-clockSkew),
		NotAfter:              now.Add(caLife),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return cert, key, err
}

// writePEM writes a file that is whole from the moment it has its name.
func writePEM(path, kind string, der []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already, if all went well
	err = errors.Join(
		f.Chmod(mode),
		pem.Encode(f, &pem.Block{Type: kind, Bytes: der}),
		f.Close(),
	)
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func serial() *big.Int {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b)
}

// Pool returns a pool with the CA's certificate.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// PEM returns the CA's certificate in PEM.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// Fingerprint returns the SHA-256 of the CA's certificate, as browsers and
// openssl show it.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.cert.Raw)
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = strings.ToUpper(hex.EncodeToString([]byte{b}))
	}
	return strings.Join(parts, ":")
}

// NotAfter returns when the CA's certificate expires.
func (a *Authority) NotAfter() time.Time { return a.cert.NotAfter }

// Certificate issues a certificate for the name that the client asks for; where
// it sends none, for the address that it connected to.
func (a *Authority) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := hello.ServerName
	if name == "" && hello.Conn != nil {
		host, _, err := net.SplitHostPort(hello.Conn.LocalAddr().String())
		if err == nil {
			name = host
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if cert := a.leaves[name]; cert != nil && time.Now().Before(cert.Leaf.NotAfter) {
		return cert, nil
	}
	cert, err := a.issue(name)
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

// issue signs a certificate for a name or an IP address.
func (a *Authority) issue(name string) (*tls.Certificate, error) {
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      pkix.Name{Organization: []string{"anytls-inspect"}},
		NotBefore:    now.Add(-clockSkew),
		NotAfter:     now.Add(leafLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	// A name that is not ASCII can't stand in a certificate. A client that checks
	// names refuses one without it; the others must not suffer.
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else if name != "" && isASCII(name) {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, a.leaf.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("issue a certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: a.leaf, Leaf: leaf}, nil
}
