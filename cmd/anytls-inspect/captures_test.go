package main

import "testing"

// TestTitleOfCaptures: the screen names files, and not the folders that they are in.
func TestTitleOfCaptures(t *testing.T) {
	for _, tt := range []struct {
		names []string
		want  string
	}{
		{[]string{stdioName}, "-"},
		{[]string{"x.pcap"}, "x.pcap"},
		{[]string{"/var/tmp/a/folder/with/a/long/name/x.pcap"}, "x.pcap"},
		{[]string{"ring/x.pcap0", "ring/x.pcap1", "ring/x.pcap2"}, "x.pcap0 and 2 more"},
	} {
		if got := titleOfCaptures(tt.names); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.names, got, tt.want)
		}
	}
}
