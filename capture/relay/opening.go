package relay

import (
	"crypto/tls"
	"net"

	"anytls-inspect/capture/internal/advice"
)

// maxFirst is how much is kept of what a peer sends first: a preamble of AnyTLS, or the
// first line of an answer.
const maxFirst = 512

// An opening is a connection of which is kept what the peer sends before TLS stands: where
// TLS fails, that often says why.
type opening struct {
	net.Conn
	client bool   // the peer is a client
	stands bool   // nothing more is kept
	first  []byte // not nil
	// alert is that of the last record, where that is an alert in plaintext.
	alert tls.AlertError
	told  bool // there is such an alert
}

func newOpening(c net.Conn, client bool) *opening {
	return &opening{Conn: c, client: client, first: []byte{}}
}

// Read implements [net.Conn].
func (o *opening) Read(p []byte) (int, error) {
	n, err := o.Conn.Read(p)
	if o.stands {
		return n, err
	}
	o.first = append(o.first, p[:min(n, maxFirst-len(o.first))]...)
	o.alert, o.told = alertIn(p[:n])
	if o.client && err == nil && len(o.first) < headerLen && advice.IsSOCKS(o.first) {
		return n, errNotTLS // TLS would wait for a whole header, and the client for an answer
	}
	return n, err
}

// stand ends the keeping. It belongs to who made the handshake.
func (o *opening) stand() { o.stands, o.first = true, nil }

// failure returns why the handshake failed, where err is what crypto/tls says of that. A
// client that uses OpenSSL or one of its kin tells in plaintext that it rejects a
// certificate, though under TLS 1.3 its alert is due under its keys: to crypto/tls that is a
// record which can't be decrypted.
func (o *opening) failure(err error) error {
	if o.told && advice.KeysDiffer(err) {
		return advice.Alert(o.alert)
	}
	return err
}

// headerLen is the length of a TLS record's header in bytes (RFC 8446, section 5.1).
const headerLen = 5

// errNotTLS is what crypto/tls says of such a record.
var errNotTLS = tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}

// alertIn returns the alert of a record that is one in plaintext (RFC 8446, section 6).
func alertIn(record []byte) (a tls.AlertError, ok bool) {
	const typeAlert, fatal = 21, 2
	if len(record) != headerLen+2 || record[0] != typeAlert || record[3] != 0 || record[4] != 2 || record[5] != fatal {
		return 0, false
	}
	return tls.AlertError(record[6]), true
}
