package tlstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"strings"
	"sync"
	"time"
)

// The certificates of the servers, for example.org, each made once.
var (
	RSACert   = sync.OnceValue(func() tls.Certificate { return selfSigned(rsa.GenerateKey(rand.Reader, 2048)) })
	ECDSACert = sync.OnceValue(func() tls.Certificate { return selfSigned(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
)

func selfSigned[K any](key *K, err error) tls.Certificate {
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "example.org"},
		DNSNames:     []string{"example.org"},
		NotBefore:    time.Unix(0, 0),
		NotAfter:     time.Unix(1<<33, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	var public any
	switch key := any(key).(type) {
	case *rsa.PrivateKey:
		public = key.Public()
	case *ecdsa.PrivateKey:
		public = key.Public()
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// Configs12 returns configs of a client and a server that agree on one suite of
// TLS 1.2.
func Configs12(suite uint16) (client, server *tls.Config) {
	cert := RSACert()
	if strings.Contains(tls.CipherSuiteName(suite), "ECDSA") {
		cert = ECDSACert()
	}
	client = &tls.Config{ServerName: "example.org", MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{suite}}
	server = &tls.Config{
		Certificates: []tls.Certificate{cert}, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{suite},
	}
	return client, server
}

// Configs13 returns configs of a client and a server that agree on TLS 1.3.
func Configs13() (client, server *tls.Config) {
	return &tls.Config{ServerName: "example.org", MinVersion: tls.VersionTLS13},
		&tls.Config{Certificates: []tls.Certificate{ECDSACert()}, MinVersion: tls.VersionTLS13}
}
