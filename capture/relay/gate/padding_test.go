package gate

import (
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestPaddingWatch counts the records that a client writes until its padding counts as
// ended.
func TestPaddingWatch(t *testing.T) {
	settings := func(md5 string) []byte {
		return protocol.SettingsText{Version: 2, Client: "c/1", PaddingMD5: md5}.Append(nil)
	}
	schemes := session.NewSchemes()
	short, err := protocol.ParsePaddingScheme([]byte("stop=3\n1=10-10"))
	if err != nil {
		t.Fatal(err)
	}
	schemes.Add(short)
	for _, tc := range []struct {
		name   string
		md5    string
		update string // the server sends it in this session
		want   int    // records after the preamble until the padding has ended
	}{
		{"a scheme that a server sent", short.MD5(), "", 2},
		{"an unknown scheme is taken for the default one", "0123", "", 7},
		{"a longer one that the server sends now may be obeyed at once", short.MD5(), "stop=11", 10},
		{"a shorter one may not", "0123", "stop=2", 7},
	} {
		t.Run(tc.name, func(t *testing.T) {
			shared := &Shared{schemes: schemes}
			g := New(protocol.ClientToServer, shared)
			take := func(b []byte) {
				g.Decide(time.Unix(0, 0), append(make([]byte, Headroom), b...), nil)
			}
			take(protocol.Preamble{Padding: 30}.Append(nil))
			update, _ := protocol.AppendFrame(nil, protocol.UpdatePaddingScheme, 0, []byte(tc.update))
			New(protocol.ServerToClient, shared).Decide(time.Unix(0, 0), append(make([]byte, Headroom), update...), nil)
			first, _ := protocol.AppendFrame(nil, protocol.Settings, 0, settings(tc.md5))
			first, _ = protocol.AppendFrame(first, protocol.SYN, 1, nil)
			first, _ = protocol.AppendFrame(first, protocol.PSH, 1, []byte("x"))
			first, _ = protocol.AppendFrame(first, protocol.Waste, 0, make([]byte, 100))
			take(first)
			records := 1
			for ; !shared.unpadded.Load() && records < 20; records++ {
				b, _ := protocol.AppendFrame(nil, protocol.PSH, 1, []byte("more"))
				b, _ = protocol.AppendFrame(b, protocol.Waste, 0, make([]byte, 100))
				take(b)
			}
			if records != tc.want {
				t.Errorf("unpadded after %d records, want %d", records, tc.want)
			}
		})
	}
}
