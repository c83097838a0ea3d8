// Package ca is the relay's own certificate authority: it issues the certificates
// that the relay shows clients (RFC 5280), and those of servers that a run starts
// ([Authority.Pair]). It keeps the secrets of this machine in the user's configuration:
// the CA's certificate and key, and beside them the key of fingerprints
// ([OpenFingerprintKey]).
//
// Whoever has the CA's key can impersonate any server to clients that trust the CA, so
// that its file has mode 0600 before it holds anything, and one that others can read is
// refused.
//
// How a client gets a certificate:
//
//  1. Its ClientHello names a server, or none, and says what the client can verify.
//  2. The authority chooses the leaf's key: ECDSA where that suits the client, else RSA.
//     The RSA key is made for the first client that needs it; only clients that need it
//     too wait for that.
//  3. It looks for a leaf of that name and key among those that it issued (of which
//     there are at most 256), and that lasts long enough.
//  4. Where there is none, it issues one.
//
// The CA signs with ECDSA, also leaves with an RSA key. A client that offers RSA
// signatures alone is one that was set up so, and whose library verifies ECDSA in
// certificates (OpenSSL does); one that can't at all must skip verification, or be shown
// a certificate of the user's. A second CA would have to be trusted by all clients, for
// the sake of these.
//
// How the files are made, by any number of processes at once: each file is written under
// another name and then linked to its own, which the first one wins. The key comes first.
// The certificate is made for the key that has won, so that the two match whoever made
// them, and whoever finds a key alone, after a crash, goes on from there.
//
// The package starts no goroutine. Authority.mu guards the leaves; a sync.Once makes the
// RSA key; the rest does not change.
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
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	caCertFile = "ca.pem"
	caKeyFile  = "ca-key.pem"
	caLife     = 10 * 365 * 24 * time.Hour
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
	keys leafKeys

	mu     sync.Mutex
	leaves map[leafName]*tls.Certificate
}

// Open reads the CA in dir, and makes it on first use: the certificate, and its key
// in a file of mode 0600. It makes dir, too. Where others may read the key, the error
// says the command that mends it.
func Open(dir string) (*Authority, error) {
	certPath, keyPath := filepath.Join(dir, caCertFile), filepath.Join(dir, caKeyFile)
	certPEM, err := os.ReadFile(certPath)
	if errors.Is(err, fs.ErrNotExist) {
		if certPEM, err = makeAuthority(dir, certPath, keyPath); err != nil {
			return nil, fmt.Errorf("make the CA: %w", err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read the CA: %w", err)
	}
	// The key was there before the certificate.
	keyPEM, err := readSecret(keyPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is there, but not its key %s: remove it to make a new CA", certPath, keyPath)
	}
	if err != nil {
		return nil, fmt.Errorf("read the CA: %w", err)
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
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
	key, err := makeKey()
	if err != nil {
		return nil, err
	}
	cert, err := certify(key)
	if err != nil {
		return nil, err
	}
	return newAuthority("", cert, key)
}

func newAuthority(path string, cert *x509.Certificate, key crypto.Signer) (*Authority, error) {
	keys, err := newLeafKeys()
	if err != nil {
		return nil, err
	}
	return &Authority{Path: path, cert: cert, key: key, keys: keys, leaves: make(map[leafName]*tls.Certificate)}, nil
}

// makeAuthority makes those of the CA's two files that are not there, and returns what is
// in the certificate's. Others may do the same at the same time.
func makeAuthority(dir, certPath, keyPath string) (certPEM []byte, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	keyPEM, err := readSecret(keyPath)
	if errors.Is(err, fs.ErrNotExist) {
		keyPEM, err = makeKeyFile(keyPath)
	}
	if err != nil {
		return nil, err
	}
	key, err := parseKey(keyPEM)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: remove it to make a new CA", keyPath, err)
	}
	cert, err := certify(key)
	if err != nil {
		return nil, err
	}
	if err := create(certPath, encode(cert), 0o644); err != nil {
		return nil, err
	}
	return os.ReadFile(certPath) // that of whoever was faster, for the same key
}

// makeKeyFile makes the key's file, and returns what it holds: a key of ours, or of
// whoever was faster.
func makeKeyFile(path string) ([]byte, error) {
	key, err := makeKey()
	if err != nil {
		return nil, err
	}
	text, err := encodeKey(key)
	if err != nil {
		return nil, err
	}
	if err := create(path, text, 0o600); err != nil {
		return nil, err
	}
	return readSecret(path)
}

// keyBlock is the PEM type of a key in PKCS #8 (RFC 7468, section 10).
const keyBlock = "PRIVATE KEY"

// encodeKey returns a key in PEM.
func encodeKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: der}), nil
}

// parseKey reads what encodeKey returns.
func parseKey(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != keyBlock {
		return nil, errors.New("there is no private key (PEM, PKCS #8) in it")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("its key can't sign")
	}
	return signer, nil
}

func makeKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// certify makes the CA certificate of a key, signed by itself.
func certify(key crypto.Signer) (*x509.Certificate, error) {
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
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func encode(cert *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
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
func (a *Authority) PEM() []byte { return encode(a.cert) }

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
