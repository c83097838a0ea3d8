package tlstap

import "testing"

// TestTapes has the recorded connections of testdata: those of RFC 8448, and of
// OpenSSL. See testdata/README.md.
func TestTapes(t *testing.T) {
	const echoed = `
		> "one\n"
		< "eno\n"
		> "two\n"
		< "owt\n"
		> close_notify, closing first
		< close_notify, closing`
	const closed = `
		> close_notify, closing first
		< close_notify, closing`
	for _, test := range []struct {
		name string
		want string
	}{
		{"rfc8448-3-simple", `
			hello TLS 1.3 TLS_AES_128_GCM_SHA256 sni=server
			established
			> 50 bytes, crc b50c79ff
			< 50 bytes, crc b50c79ff` + closed},
		{"rfc8448-4-resumed-0rtt", `
			hello TLS 1.3 TLS_AES_128_GCM_SHA256 sni=server resumed
			established early=accepted
			> early "ABCDEF"
			> 50 bytes, crc b50c79ff
			< 50 bytes, crc b50c79ff` + closed},
		{"rfc8448-5-retry", `
			hello TLS 1.3 TLS_AES_128_GCM_SHA256 sni=server retried
			established` + closed},
		{"rfc8448-6-client-auth", `
			hello TLS 1.3 TLS_AES_128_GCM_SHA256 sni=server
			established` + closed},
		{"rfc8448-7-compatibility", `
			hello TLS 1.3 TLS_AES_128_GCM_SHA256 sni=server
			established` + closed},
		{"openssl-aes256", `
			hello TLS 1.3 TLS_AES_256_GCM_SHA384 sni=example.org
			established` + echoed},
		{"openssl-chacha20", `
			hello TLS 1.3 TLS_CHACHA20_POLY1305_SHA256 sni=example.org
			established` + echoed},
		{"openssl-padding", `
			hello TLS 1.3 TLS_AES_256_GCM_SHA384 sni=example.org
			established` + echoed},
		{"openssl-keyupdate", `
			hello TLS 1.3 TLS_AES_128_GCM_SHA256 sni=example.org
			established
			> "one\n"
			< "eno\n"
			> "two\n"
			< "owt\n"
			> "three\n"
			< "eerht\n"
			> "four\n"
			< "ruof\n"` + closed},
		{"openssl-tls12-resumed", `
			hello TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 sni=example.org resumed
			established` + echoed},
		{"openssl-tls12-session-id", `
			hello TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 sni=example.org resumed
			established` + echoed},
		{"openssl-ccm", `
			hello TLS 1.3 TLS_AES_128_CCM_SHA256 sni=example.org
			< stopped: unsupported cipher suite: TLS_AES_128_CCM_SHA256
			> stopped: unsupported cipher suite: TLS_AES_128_CCM_SHA256`},
		{"openssl-renegotiation", `
			hello TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 sni=example.org
			established
			> "one\n"
			< "eno\n"
			> stopped: renegotiation is unsupported
			< stopped: renegotiation is unsupported`},
		{"openssl-early", `
			hello TLS 1.3 TLS_AES_256_GCM_SHA384 sni=example.org resumed
			established early=accepted
			> early "data before the handshake\n"
			> "one\n"
			> "two\n"` + closed},
		{"openssl-early-rejected", `
			hello TLS 1.3 TLS_AES_256_GCM_SHA384 sni=example.org
			established early=rejected
			> "one\n"
			> "two\n"` + closed},
	} {
		t.Run(test.name, func(t *testing.T) {
			tp := readTape(t, test.name)
			got := play(t, tp, tp.Store(t).Lookup, whole)
			got.expect(t, test.want)
			for _, n := range []int{1, 3, 100} {
				got.same(t, play(t, tp, tp.Store(t).Lookup, every(n)))
			}
		})
	}
}
