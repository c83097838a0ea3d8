package interop

import (
	"bytes"
	"crypto/tls"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestDissectorOnOddities: the dissector reads frames that are cut in every place, and names
// one of each violation of the protocol.
func TestDissectorOnOddities(t *testing.T) {
	ctx := soon(t)
	tshark := newTshark(ctx, t)
	file := filepath.Join(t.TempDir(), "rec.pcapng")
	lines := new(Lines)
	client, server, relay := ends(ctx, t, tls.VersionTLS13, RelayMode{Flags: []string{"-w", file}, Lines: lines})

	hash := bytes.Repeat([]byte{0xa5}, 32)
	settings := frame(4, 0, "v=2\nclient=odd/1…\npadding-md5=\n\xff\xfe=\xff\nnonsense")
	say(t, client, server, hash, []byte{0, 30}, make([]byte, 30)) // three writes, as some clients do
	say(t, client, server, frame(1, 7, ""))                       // before the Settings
	say(t, client, server, settings[:3], settings[3:10], settings[10:])
	say(t, server, client, frame(10, 0, "v=2"))
	target := "\x03\x0bexample.com\x01\xbb"
	say(t, client, server, frame(2, 7, target[:5]), frame(2, 7, target[5:9]), frame(2, 7, target[9:]+"GET"), frame(2, 7, strings.Repeat("x", 65535)))
	say(t, server, client, frame(7, 7, ""), frame(2, 7, strings.Repeat("y", 65535)))
	say(t, client, server, frame(1, 8, ""), frame(2, 8, "\x09no address"))
	say(t, server, client, frame(7, 8, "no route to host \xe2\x80\xa6"))
	say(t, client, server, frame(1, 8, "")) // again
	say(t, client, server, frame(2, 0, ""), frame(0, 9, "waste"))
	say(t, server, client, frame(4, 0, "v=2"), frame(6, 0, "stop=1\n0=30-30"), frame(9, 0, ""))
	say(t, server, client, frame(8, 0, ""))
	say(t, client, server, frame(9, 0, ""))
	say(t, server, client, frame(8, 0, "")) // of which there is no answer
	say(t, server, client, frame(5, 0, "go away"))
	say(t, client, server, frame(3, 8, "data"))
	say(t, client, server, frame(42, 0, ""))
	if err := relay.Stop(ctx); err != nil {
		t.Fatal(err)
	}

	want, err := lines.Frames()
	if err != nil {
		t.Fatal(err)
	}
	got, err := tshark.Frames(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	for _, leg := range []string{"client", "server"} {
		for _, dir := range []string{"c2s", "s2c"} {
			r := Route{1, leg, dir}
			if _, same := want[r].Same(got[r]); !same || len(got[r]) == 0 {
				t.Errorf("%+v: tshark has %v, the relay told of %v", r, got[r], want[r])
			}
		}
	}
	checkSound(ctx, t, tshark, file)

	// Both legs have all of it. tshark reads twice (-2), so that a packet can refer to a
	// later one.
	wanted := map[string][]string{
		"anytls.target":               {"example.com:443", "example.com:443", "example.com:443"},
		"anytls.settings.client":      {"odd/1…"},
		"anytls.synack.error":         {"no route to host …"},
		"anytls.alert":                {"go away"},
		"anytls.padding_scheme":       {`stop=1\n0=30-30`},
		"anytls.heartbeat.request_in": nil, "anytls.heartbeat.response_in": nil, // linked to each other
		"anytls.unknown_command": nil, "anytls.unexpected_data": nil, "anytls.unexpected_sid": nil,
		"anytls.missing_sid": nil, "anytls.wrong_sender": nil, "anytls.before_settings": nil,
		"anytls.sid_order": nil, "anytls.malformed_target": nil, "anytls.alerted": nil, "anytls.refused": nil,
		"anytls.unsolicited_response": nil, "anytls.unanswered_request": nil,
	}
	fields := slices.Sorted(maps.Keys(wanted))
	rows, err := tshark.Rows(ctx, file, `anytls && frame.interface_name == "server leg"`, []string{"-2"}, fields)
	if err != nil {
		t.Fatal(err)
	}
	for i, field := range fields {
		var values []string
		for _, row := range rows {
			values = append(values, row[i]...)
		}
		if want := wanted[field]; want != nil && !slices.Equal(values, want) || want == nil && len(values) != 1 {
			t.Errorf("%s: %q, want %q", field, values, want)
		}
	}
}
