package advice

import (
	"strings"
	"testing"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/protocol"
)

// TestForMissingKey: what a key log has in place of the key says what to do.
func TestForMissingKey(t *testing.T) {
	const toServer, toClient = protocol.ClientToServer, protocol.ServerToClient
	for _, tt := range []struct {
		name   string
		s      Shortage
		labels []keylog.Label
		want   string // a part of the advice
	}{
		{"no key log", Shortage{Named: true}, nil, "give the key log of one of its ends with --keylog FILE"},
		{"one that is not there", Shortage{Given: true, Absent: true, Named: true}, nil, "the key log is not there: is that the file"},
		{"an empty one", Shortage{Given: true, Named: true}, nil, "the key log has no secrets"},
		{"of another session", Shortage{Given: true, Sessions: 1, Named: true}, nil, "has secrets of 1 other session, and none of this one"},
		{"of other sessions", Shortage{Given: true, Sessions: 3, Named: true}, nil, "has secrets of 3 other sessions, and none of this one"},
		{"no ClientHello", Shortage{Given: true, Sessions: 300}, nil, "ClientHello, by which a key log names the session, is not in the capture"},
		{
			"the client's",
			Shortage{Sessions: 1, Named: true, Dir: toClient},
			[]keylog.Label{keylog.ClientHandshake, keylog.ClientTraffic},
			"has the client's secrets of this session, and not the server's",
		},
		{
			"the server's",
			Shortage{Sessions: 1, Named: true, Dir: toServer},
			[]keylog.Label{keylog.ServerHandshake, keylog.ServerTraffic},
			"has the server's secrets of this session, and not the client's",
		},
		{
			"the handshake's",
			Shortage{Sessions: 1, Named: true, Dir: toServer},
			[]keylog.Label{keylog.ClientHandshake, keylog.ServerHandshake},
			"only the client's handshake secret of this session, and no line CLIENT_TRAFFIC_SECRET_0",
		},
		{
			"the handshake's of the server",
			Shortage{Sessions: 1, Named: true, Dir: toClient},
			[]keylog.Label{keylog.ServerHandshake},
			"no line SERVER_TRAFFIC_SECRET_0",
		},
		{
			"those of TLS 1.3",
			Shortage{Sessions: 1, Named: true, Version: tlsrec.VersionTLS12},
			[]keylog.Label{keylog.ClientTraffic},
			"no line CLIENT_RANDOM",
		},
		{
			"that of TLS 1.2",
			Shortage{Sessions: 1, Named: true, Version: tlsrec.VersionTLS13, Dir: toClient},
			[]keylog.Label{keylog.Master},
			"no line SERVER_TRAFFIC_SECRET_0",
		},
		{
			"of another length",
			Shortage{Sessions: 1, Named: true, Dir: toServer},
			[]keylog.Label{keylog.ClientHandshake, keylog.ClientTraffic},
			"of another length",
		},
	} {
		for _, l := range tt.labels {
			if err := tt.s.Secrets.Set(l, make([]byte, 48)); err != nil {
				t.Fatal(err)
			}
		}
		if got := ForMissingKey(&tt.s); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want advice that says %q", tt.name, got, tt.want)
		}
	}
}
