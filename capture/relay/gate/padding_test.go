package gate

import (
	"fmt"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestPaddingWatch counts the records that a client writes until its padding counts as
// ended.
func TestPaddingWatch(t *testing.T) {
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
			shared := NewShared(time.Second, schemes, new(Rooms))
			var gates protocol.ByDirection[*Gate]
			for d := range gates {
				gates[d] = New(protocol.Direction(d), shared)
			}
			take := func(record string) {
				var b []byte
				steps := parse(t, record).Steps
				for _, st := range steps {
					b = append(b, st.Wire...)
				}
				gates[steps[0].Dir].Decide(time.Unix(0, 0), append(make([]byte, Headroom), b...), nil)
			}
			take("c> PREAMBLE secret 30")
			take(fmt.Sprintf("s> UPDATEPADDINGSCHEME %q", tc.update))
			take(fmt.Sprintf("c> SETTINGS v=2 client=c/1 padding-md5=%s ...\nc> SYN 1 ...\nc> PSH 1 \"x\" ...\nc> WASTE zeros 100", tc.md5))
			records := 1
			for ; !shared.unpadded.Load() && records < 20; records++ {
				take("c> PSH 1 \"more\" ...\nc> WASTE zeros 100")
			}
			if records != tc.want {
				t.Errorf("unpadded after %d records, want %d", records, tc.want)
			}
		})
	}
}
