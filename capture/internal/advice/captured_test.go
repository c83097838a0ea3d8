package advice

import (
	"strings"
	"testing"

	"anytls-inspect/protocol"
)

// TestForAlert: what an alert of a captured handshake asks for depends on who sent it.
func TestForAlert(t *testing.T) {
	for _, tt := range []struct {
		by    protocol.Peer
		alert uint8
		want  string // a part of the advice; "": there is none
	}{
		{protocol.Client, 48, "let it trust the CA"},
		{protocol.Server, 116, "wants a certificate of the client"},
		{protocol.Server, 112, "another SNI"},
		{protocol.Server, 120, "no ALPN in common"},
		{protocol.Server, 40, "no TLS version or cipher suite in common"},
		{protocol.Client, 70, "no TLS version or cipher suite in common"},
		{protocol.Client, 20, "the keys of the two ends differ"},
		{protocol.Server, 80, "see the log of the server"},
		{protocol.Client, 10, ""},
		{protocol.Client, 250, ""},
	} {
		got := ForAlert(tt.by, tt.alert)
		if (got != "") != (tt.want != "") || !strings.Contains(got, tt.want) {
			t.Errorf("alert %d by the %v: %q, want advice that says %q", tt.alert, tt.by, got, tt.want)
		}
	}
}

// TestForLegAlert: on a leg of the relay's, flags help.
func TestForLegAlert(t *testing.T) {
	for _, tt := range []struct {
		peer    protocol.Peer
		byRelay bool
		alert   uint8
		want    string // a part of the advice; "": there is none
	}{
		{protocol.Client, false, 48, "does not trust the relay's certificate"},
		{protocol.Client, false, 70, "the relay speaks TLS 1.2 and 1.3"},
		{protocol.Client, true, 70, "the relay speaks TLS 1.2 and 1.3"},
		{protocol.Client, true, 80, ""},
		{protocol.Server, false, 116, "--client-cert"},
		{protocol.Server, false, 112, "--sni"},
		{protocol.Server, true, 42, "--server-ca"},
		{protocol.Server, true, 50, ""},
	} {
		got := ForLegAlert(tt.peer, tt.byRelay, tt.alert)
		if (got != "") != (tt.want != "") || !strings.Contains(got, tt.want) {
			t.Errorf("alert %d on the leg with the %v, by the relay: %v: %q, want advice that says %q", tt.alert, tt.peer, tt.byRelay, got, tt.want)
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
	if got := ForCutHandshake(protocol.Client, true); !strings.Contains(got, "anytls-inspect ca") {
		t.Errorf("a client of the relay: %q", got)
	}
}
