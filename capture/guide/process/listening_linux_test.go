package process

import (
	"encoding/binary"
	"net/netip"
	"testing"
)

func TestHasListener(t *testing.T) {
	const (
		head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
		rest = " 00000000:00000000 00:00000000 00000000     0        0 1071 1 0000000012401406 100 0 0 10 0\n"
		// What is connected from the port does not listen there.
		v4 = head + "   0: 00000000:07E8 00000000:0000 0A" + rest +
			"   1: 0100007F:1F90 00000000:0000 0A" + rest +
			"   2: 0100007F:1F91 0100007F:1F90 01" + rest
		v6 = head + "   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A" + rest +
			"   1: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A" + rest +
			"   2: 0000000000000000FFFF00000200007F:0051 00000000000000000000000000000000:0000 0A" + rest
	)
	tests := []struct {
		table, addr string
		want        bool
	}{
		{v4, "127.0.0.1:2024", true},
		{v4, "127.0.0.1:8080", true},
		{v4, "127.0.0.2:8080", false},
		{v4, "127.0.0.1:8081", false},
		{v6, "[::1]:80", true},
		{v6, "127.0.0.1:80", false},
		{v6, "127.0.0.1:443", true},
		{v6, "127.0.0.2:81", true},
		{"", "127.0.0.1:80", false},
		{head + "  0: 0100007F 0 0A\n x y z 0A\n 0: 01:0050 0 0A\n", "127.0.0.1:80", false},
	}
	for _, tt := range tests {
		if got := hasListener([]byte(tt.table), netip.MustParseAddrPort(tt.addr), binary.LittleEndian); got != tt.want {
			t.Errorf("hasListener(%s) = %v in\n%s", tt.addr, got, tt.table)
		}
	}
}
