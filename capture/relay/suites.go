package relay

import (
	"crypto/tls"
	"slices"
	"strings"
)

// suitesFor returns the cipher suites that a client of TLS 1.2 is answered with; nil, for
// almost all, stands for crypto/tls's own choice. That leaves out the RSA key exchange
// (RFC 5246, section 7.4.7.1), by which whoever gets the key later reads what was
// recorded. A client that offers nothing else gets it, since a server may give it to
// that client too. With AES only: crypto/tls has no DHE, and the rest is broken.
func suitesFor(hello *tls.ClientHelloInfo) []uint16 {
	for _, suite := range tls.CipherSuites() {
		if slices.Contains(hello.CipherSuites, suite.ID) {
			return nil
		}
	}
	var suites []uint16
	for _, id := range hello.CipherSuites {
		if strings.HasPrefix(tls.CipherSuiteName(id), "TLS_RSA_WITH_AES_") {
			suites = append(suites, id)
		}
	}
	return suites
}
