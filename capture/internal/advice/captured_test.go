package advice

import (
	"strings"
	"testing"

	"anytls-inspect/protocol"
)

// TestForAlert: what an alert of a captured handshake asks for depends on who sent it, and on
// whether one of the ends is the relay.
func TestForAlert(t *testing.T) {
	for _, tt := range []struct {
		by    protocol.Peer
		alert uint8
		relay bool
		want  string // a part of the advice; "": there is none
	}{
		{protocol.Client, 48, false, "let it trust the CA"},
		{protocol.Client, 42, true, "'anytls-inspect ca'"},
		{protocol.Client, 42, true, "--server-ca"},
		{protocol.Server, 116, false, "wants a certificate of the client"},
		{protocol.Server, 112, false, "another SNI"},
		{protocol.Server, 120, false, "another ALPN"},
		{protocol.Server, 40, false, "no TLS version or cipher suite in common"},
		{protocol.Client, 70, false, "no TLS version or cipher suite in common"},
		{protocol.Client, 20, false, "the keys of the two ends differ"},
		{protocol.Server, 80, false, "see the log of the server"},
		{protocol.Client, 10, false, ""},
		{protocol.Client, 250, false, ""},
	} {
		got := ForAlert(tt.by, tt.alert, tt.relay)
		if (got != "") != (tt.want != "") || !strings.Contains(got, tt.want) {
			t.Errorf("alert %d by the %v: %q, want advice that says %q", tt.alert, tt.by, got, tt.want)
		}
	}
}

// TestForCutHandshake: so does what may be behind an end that leaves without an alert.
func TestForCutHandshake(t *testing.T) {
	if got := ForCutHandshake(protocol.Server, false); !strings.Contains(got, "SNI") {
		t.Errorf("the server: %q", got)
	}
	if got := ForCutHandshake(protocol.Client, false); !strings.Contains(got, "trust the server's certificate") || strings.Contains(got, "anytls-inspect") {
		t.Errorf("the client: %q", got)
	}
	if got := ForCutHandshake(protocol.Client, true); !strings.Contains(got, "'anytls-inspect ca'") {
		t.Errorf("a client of the relay: %q", got)
	}
}
