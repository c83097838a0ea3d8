package tlsrec

import (
	"errors"
	"fmt"
	"testing"
)

// TestKeyDerivationFails: a suite of another version, a secret of another length.
func TestKeyDerivationFails(t *testing.T) {
	if _, err := TrafficKeys(ECDHERSAWithAES128GCM, make([]byte, 32)); !errors.Is(err, ErrSuite) {
		t.Errorf("TrafficKeys of a suite of TLS 1.2: %v, want ErrSuite", err)
	}
	if _, _, err := SessionKeys(AES128GCMSHA256, make([]byte, 48), make([]byte, 32), make([]byte, 32)); !errors.Is(err, ErrSuite) {
		t.Errorf("SessionKeys of a suite of TLS 1.3: %v, want ErrSuite", err)
	}
	if _, err := TrafficKeys(AES256GCMSHA384, make([]byte, 32)); err == nil {
		t.Error("TrafficKeys took a secret of 32 bytes for SHA-384")
	}
	if _, _, err := SessionKeys(ECDHERSAWithAES128GCM, make([]byte, 47), make([]byte, 32), make([]byte, 32)); err == nil {
		t.Error("SessionKeys took a master secret of 47 bytes")
	}
}

// TestKeysPrintNothing: whatever they are formatted with.
func TestKeysPrintNothing(t *testing.T) {
	keys := benchKeys(t, AES128GCMSHA256)
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%s"} {
		if got := fmt.Sprintf(verb, keys); got != "tlsrec.Keys" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}
