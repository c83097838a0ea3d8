package tlstap

import (
	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/protocol"
)

// An agreement is how a connection protects its records: what the hellos agreed on, or
// what they may have.
type agreement struct {
	version uint16
	suite   tlsrec.Suite
	params  *tlsrec.SuiteParams // nil where nothing is agreed on yet
}

// agreed returns what the hellos agreed on.
func (o *Observer) agreed() agreement {
	return agreement{o.info.Version, o.info.Suite, o.params}
}

// agreements returns what the hellos may have agreed on, where the secrets of the
// connection are these: one agreement where the ServerHello was seen. Else it is TLS
// 1.3, and the length of a secret leaves one suite or two.
func (o *Observer) agreements(secrets *keylog.Secrets) []agreement {
	if o.params != nil {
		return []agreement{o.agreed()}
	}
	suites := []tlsrec.Suite{tlsrec.AES128GCMSHA256, tlsrec.ChaCha20Poly1305SHA256, tlsrec.AES256GCMSHA384}
	if o.info.Retried && o.info.Suite != 0 { // a HelloRetryRequest names it, too
		suites = []tlsrec.Suite{o.info.Suite}
	}
	var fit []agreement
	for _, suite := range suites {
		params := suite.ForVersion(tlsrec.VersionTLS13)
		if params == nil {
			continue
		}
		for _, l := range [...]keylog.Label{keylog.ClientHandshake, keylog.ServerHandshake, keylog.ClientTraffic, keylog.ServerTraffic} {
			if len(secrets.Get(l)) == params.SecretLen() {
				fit = append(fit, agreement{tlsrec.VersionTLS13, suite, params})
				break
			}
		}
	}
	return fit
}

// opener returns an opener for the first record of an epoch of s, nil where its secret
// is not known.
func (a agreement) opener(o *Observer, s *side, e epoch, session *keylog.Session) (*tlsrec.Opener, error) {
	secret := a.secret(&session.Secrets, s, e)
	if secret == nil {
		return nil, nil
	}
	var keys, server tlsrec.Keys
	var err error
	if a.version == tlsrec.VersionTLS13 {
		keys, err = tlsrec.TrafficKeys(a.suite, secret)
	} else if keys, server, err = tlsrec.SessionKeys(a.suite, secret, session.Random[:], o.serverRandom[:]); s == o.server() {
		keys = server
	}
	if err != nil {
		return nil, err
	}
	return tlsrec.NewOpener(keys), nil
}

// secret returns the secret of an epoch of s, nil where it is not known. One that
// has not the length of the suite's secrets does not count: it may be the first
// part of a line that is still being written to the key log.
func (a agreement) secret(secrets *keylog.Secrets, s *side, e epoch) []byte {
	secret := secrets.Get(a.label(s, e))
	if a.version == tlsrec.VersionTLS13 && len(secret) != a.params.SecretLen() {
		return nil
	}
	return secret
}

// label returns the key log's label for the secret of an epoch of s.
func (a agreement) label(s *side, e epoch) keylog.Label {
	fromClient := s.dir == protocol.ClientToServer
	switch {
	case a.version != tlsrec.VersionTLS13:
		return keylog.Master
	case e == early:
		return keylog.ClientEarly
	case e == handshake && fromClient:
		return keylog.ClientHandshake
	case e == handshake:
		return keylog.ServerHandshake
	case fromClient:
		return keylog.ClientTraffic
	}
	return keylog.ServerTraffic
}
