package advice

import (
	"fmt"
	"strings"
	"testing"

	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/internal/tlstap"
)

// TestForCapture: each error for which a direction is not decoded says what to do.
func TestForCapture(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string // a part of the advice; "": there is none
	}{
		{tlstap.ErrNoHandshake, "before the client connects"},
		{tlstap.ErrOneHello, "where both directions pass"},
		{tlstap.ErrAbsent, "where both directions pass"},
		{tlstap.ErrGap, "lacks packets"},
		{tlstap.ErrDamaged, "changed on their way"},
		{tlstap.ErrVersion, "TLS 1.2 and 1.3"},
		{tlsrec.ErrOpen, "has other secrets for this session"},
		{tlsrec.ErrSuite, "AES-GCM"},
		{tlstap.ErrNotTLS, ""},
	} {
		got := ForCapture(fmt.Errorf("%w: more", tt.err))
		if (got != "") != (tt.want != "") || !strings.Contains(got, tt.want) {
			t.Errorf("%v: %q, want advice that says %q", tt.err, got, tt.want)
		}
	}
}
