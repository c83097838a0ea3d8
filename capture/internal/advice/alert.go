package advice

import (
	"crypto/tls"
	"errors"
	"net"
	"slices"
)

// The TLS alerts that advice tells apart (RFC 8446, section 6).
const (
	unexpectedMessage      tls.AlertError = 10
	badRecordMAC           tls.AlertError = 20
	handshakeFailure       tls.AlertError = 40
	badCertificate         tls.AlertError = 42
	unsupportedCertificate tls.AlertError = 43
	certificateRevoked     tls.AlertError = 44
	certificateExpired     tls.AlertError = 45
	certificateUnknown     tls.AlertError = 46
	illegalParameter       tls.AlertError = 47
	unknownCA              tls.AlertError = 48
	accessDenied           tls.AlertError = 49
	decryptError           tls.AlertError = 51
	protocolVersion        tls.AlertError = 70
	insufficientSecurity   tls.AlertError = 71
	internalError          tls.AlertError = 80
	unrecognizedName       tls.AlertError = 112
	certificateRequired    tls.AlertError = 116
	noApplicationProtocol  tls.AlertError = 120
)

// aboutCertificate are the alerts that refuse a certificate.
var aboutCertificate = [...]tls.AlertError{
	badCertificate, unsupportedCertificate, certificateRevoked, certificateExpired, certificateUnknown,
	unknownCA, accessDenied, certificateRequired,
}

// Alert returns the error of an alert that the peer sent, as crypto/tls has it.
func Alert(a tls.AlertError) error { return &net.OpError{Op: alertReceived, Err: a} }

// What crypto/tls calls the operations of errors that are alerts.
const (
	alertReceived = "remote error"
	alertSent     = "local error"
)

// received tells whether err is one of the alerts, which the peer sent; without any, whether
// it is an alert that the peer sent at all.
func received(err error, alerts ...tls.AlertError) bool { return isAlert(err, alertReceived, alerts) }

// sent is received for alerts that were sent to the peer, since it went wrong.
func sent(err error, alerts ...tls.AlertError) bool { return isAlert(err, alertSent, alerts) }

// isAlert tells whether err is an alert. The type by which crypto/tls tells alerts is not
// exported, but the text of an alert is that of its number.
func isAlert(err error, op string, alerts []tls.AlertError) bool {
	var opErr *net.OpError
	if !errors.As(err, &opErr) || opErr.Op != op {
		return false
	}
	return len(alerts) == 0 || slices.ContainsFunc(alerts, func(a tls.AlertError) bool { return opErr.Err.Error() == a.Error() })
}

// KeysDiffer tells whether err says that what the peer sent could not be decrypted, or was
// none of what could be decrypted.
func KeysDiffer(err error) bool { return sent(err, badRecordMAC, unexpectedMessage) }

// OfTLS tells whether err is a failure of TLS, and not one of the connection below.
func OfTLS(err error) bool {
	var header tls.RecordHeaderError
	return received(err) || sent(err) || errors.As(err, &header)
}
