package tlsrec

import "fmt"

// CloseNotify is the description of the alert that ends a direction in good order
// (RFC 8446, section 6.1).
const CloseNotify = 0

// The other values of an alert that this package acts on (RFC 8446, section 6).
const (
	userCanceled = 90
	levelFatal   = 2
)

// alertNames are those of RFC 8446, section 6, and of earlier versions of TLS.
var alertNames = map[uint8]string{
	CloseNotify: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed",
	22: "record_overflow", 30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate",
	42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired",
	46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error",
	51: "decrypt_error", 60: "export_restriction", 70: "protocol_version", 71: "insufficient_security",
	80: "internal_error", 86: "inappropriate_fallback", userCanceled: "user_canceled", 100: "no_renegotiation",
	109: "missing_extension", 110: "unsupported_extension", 111: "certificate_unobtainable",
	112: "unrecognized_name", 113: "bad_certificate_status_response", 114: "bad_certificate_hash_value",
	115: "unknown_psk_identity", 116: "certificate_required", 120: "no_application_protocol", 121: "ech_required",
}

// AlertName returns the name of an alert, such as "close_notify" (IANA's registry of
// TLS Alerts), or "alert 99" where the description has none.
func AlertName(description uint8) string {
	if name, ok := alertNames[description]; ok {
		return name
	}
	return fmt.Sprintf("alert %d", description)
}

// IsCertificateAlert tells whether an alert is about the certificate of the peer that it
// is sent to (RFC 8446, section 6.2).
func IsCertificateAlert(description uint8) bool {
	return description >= 41 && description <= 46 || description == 48 || description == 116
}

// AlertCloses tells whether an alert ends its direction (CloseNotify) or the
// connection. TLS 1.3 ignores the level (RFC 8446, section 6).
func AlertCloses(version uint16, level, description uint8) bool {
	switch {
	case description == CloseNotify:
		return true
	case version == VersionTLS13:
		return description != userCanceled
	}
	return level == levelFatal
}
