package interop

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/protocol"
)

// stock returns the options of tshark: it has to check what it takes on trust by default.
// They name no keys and no ports: a recording must open with no set-up.
func stock() []string {
	return []string{"-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"}
}

func newTshark(ctx context.Context, t *testing.T) *Tshark {
	t.Helper()
	tshark, err := NewTshark(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return tshark
}

// inTurn has a test run beside others like it, once few of them do: reading a capture takes a
// whole processor.
func inTurn(t *testing.T) {
	t.Parallel()
	readers <- struct{}{}
	t.Cleanup(func() { <-readers })
}

var readers = make(chan struct{}, 3)

// soon returns a context with a timeout for reading one recording.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// recorded are a pair of each of the guide's first two scenarios, one whose client greets as a
// browser does, and one implementation in Rust with itself.
var recorded = []Pair{
	{FindPeer("anytls-rs 0.3.0"), FindPeer("sing-box v1.13.5")},
	{FindPeer("sing-box v1.13.5"), FindPeer("anytls")},
	{FindPeer("sing-box v1.14.1"), FindPeer("sing-box v1.14.1").As("sing-box-chrome")},
	{FindPeer("anytls-rs 0.5.4"), FindPeer("anytls-rs 0.5.4")},
}

// TestRecordingOfPeers records real peers. tshark must find in the recording each frame that
// the relay told of while it relayed, on each leg.
func TestRecordingOfPeers(t *testing.T) {
	for _, pair := range recorded {
		t.Run(pair.String(), func(t *testing.T) {
			inTurn(t)
			ctx := soon(t)
			tshark := newTshark(ctx, t)
			file := filepath.Join(t.TempDir(), "rec.pcapng")
			lines := new(Lines)
			rig, relay := startRelayed(ctx, t, pair, RelayMode{
				Heartbeat: 50 * time.Millisecond, Flags: []string{"-w", file}, Lines: lines,
			})
			sent := rig.Parallel(ctx, 200, 8)
			_, down := rig.Download(ctx, 1<<20)
			_, up := rig.Upload(ctx, 1<<20)
			if sent.BytesCompared == 0 && down != nil && up != nil {
				t.Errorf("nothing came through: %q, %v, %v", sent.Failures, down, up)
			}
			_, err := relay.Wait(ctx, func(now Tally) bool {
				return now.Toward(protocol.Server).Answered > 0 && now.Toward(protocol.Client).Answered > 0
			})
			if err != nil {
				t.Fatal(err)
			}
			// A relay that stops need not write what it has read. Some servers keep a session open whose
			// client is gone.
			rig.client.Kill()
			rig.server.Kill()
			_, err = relay.Wait(ctx, func(now Tally) bool { return uint64(len(now.Closed)) == now.Sessions })
			if err != nil {
				t.Fatal(err)
			}
			if err := relay.Stop(ctx); err != nil {
				t.Fatal(err)
			}
			checkRecording(ctx, t, tshark, file, lines)
		})
	}
}

// TestRecordingOfTLS: recordings of either version of TLS and of IP, with large frames in
// both directions, and with each kind of end.
func TestRecordingOfTLS(t *testing.T) {
	for _, tc := range []struct {
		name    string
		version uint16
		listen  string
		end     func(client *tls.Conn) error
	}{
		{name: "1.2", version: tls.VersionTLS12, end: (*tls.Conn).Close},
		{name: "1.3, IPv6", version: tls.VersionTLS13, listen: "[::1]:0", end: (*tls.Conn).Close},
		{name: "reset", version: tls.VersionTLS13, end: func(c *tls.Conn) error {
			return errors.Join(c.NetConn().(*net.TCPConn).SetLinger(0), c.NetConn().Close())
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inTurn(t)
			ctx := soon(t)
			tshark := newTshark(ctx, t)
			file := filepath.Join(t.TempDir(), "rec.pcapng")
			lines := new(Lines)
			client, server, relay := ends(ctx, t, tc.version, RelayMode{
				Listen: tc.listen, Heartbeat: 20 * time.Millisecond, Flags: []string{"-w", file}, Lines: lines,
			})
			preamble := append(bytes.Repeat([]byte{0xa5}, 32), 0, 0)
			say(t, client, server, preamble, frame(4, 0, "v=2"), frame(1, 1, ""))
			talk(t, client, server)
			if err := tc.end(client); err != nil {
				t.Fatal(err)
			}
			_ = server.Close() // a heartbeat that the client had not read makes its close a reset, too
			_, err := relay.Wait(ctx, func(now Tally) bool { return now.Closed[1] })
			if err != nil {
				t.Fatal(err)
			}
			if err := relay.Stop(ctx); err != nil {
				t.Fatal(err)
			}
			checkRecording(ctx, t, tshark, file, lines)
		})
	}
}

// checkRecording compares a recording with the relay's events, and holds that tshark finds
// nothing odd in it.
func checkRecording(ctx context.Context, t *testing.T, tshark *Tshark, file string, lines *Lines) {
	t.Helper()
	want, err := lines.Frames()
	if err != nil {
		t.Fatal(err)
	}
	got, err := tshark.Frames(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	total, injected, absorbed := 0, 0, 0
	for r, told := range want {
		n, same := told.Same(got[r])
		if !same {
			t.Errorf("%+v: tshark has %d frames, the relay told of %d, or they differ", r, len(got[r]), len(told.Frames))
			continue
		}
		told.Frames, told.Injected = told.Frames[:len(got[r])], told.Injected[:len(got[r])]
		total, injected, absorbed = total+len(got[r]), injected+n, absorbed+told.Absorbed
	}
	for r := range got {
		if want[r] == nil {
			t.Errorf("%+v: tshark has %d frames, the relay told of none", r, len(got[r]))
		}
	}
	if injected == 0 || absorbed == 0 {
		t.Errorf("%d injections and %d absorbed answers are too little to compare", injected, absorbed)
	}
	checkSound(ctx, t, tshark, file)
	checkReplay(ctx, t, file, want)
	notes := commented(ctx, t, tshark, file, "injected HeartRequest")
	if len(notes) != injected {
		t.Errorf("%d packets are noted as injected, want %d", len(notes), injected)
	}
	for _, codes := range notes {
		if !slices.Equal(codes, []string{"8"}) {
			t.Errorf("a packet noted as injected has the commands %q", codes)
		}
	}
	// One packet may hold several answers, and one read may be several packets.
	notes = commented(ctx, t, tshark, file, "absorbed HeartResponse")
	answers := 0
	for _, codes := range notes {
		for _, code := range codes {
			if code == "9" {
				answers++
			}
		}
	}
	if answers < absorbed { // the answer to a peer's own request may be in the same packet
		t.Errorf("%d answers are in packets noted as absorbed, the relay told of %d", answers, absorbed)
	}
	t.Logf("%d frames on %d routes are the same; %d were injected, %d absorbed", total, len(want), injected, absorbed)
}

// checkReplay: the program's own replay finds on each leg the frames that it told of live,
// with the same of them injected and absorbed.
func checkReplay(ctx context.Context, t *testing.T, file string, live map[Route]*Told) {
	t.Helper()
	for _, leg := range []string{"client", "server"} {
		replayed, err := Replay(ctx, file, "--leg", leg)
		if err != nil {
			t.Fatal(err)
		}
		// The connections of one leg may begin in another order than the sessions.
		var got, want []string
		for r, told := range replayed {
			got = append(got, fmt.Sprint(r.Dir, *told))
		}
		for r, told := range live {
			if r.Leg == leg {
				want = append(want, fmt.Sprint(r.Dir, *told))
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("the %s leg, replayed: %d directions, live %d, or they differ", leg, len(got), len(want))
		}
	}
}

// checkSound: tshark finds nothing odd in the packets and decrypts all of them, and the
// dissector does not fail.
func checkSound(ctx context.Context, t *testing.T, tshark *Tshark, file string) {
	t.Helper()
	odd := []string{
		"tcp.analysis.flags", "_ws.malformed", "_ws.lua.error", "tcp.checksum.status == 0", "ip.checksum.status == 0",
		"(tls.record.opaque_type == 23 && !tls.record.content_type)", // not decrypted
		`(frame.interface_name != "client leg" && frame.interface_name != "server leg")`,
	}
	rows, err := tshark.Rows(ctx, file, strings.Join(odd, " || "), stock(), []string{"frame.number", "_ws.expert.message"})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) > 0 {
		t.Errorf("%d packets match one of %q, the first is %s", len(rows), odd, rows[0])
	}
}

// commented returns the commands in each packet that has a comment.
func commented(ctx context.Context, t *testing.T, tshark *Tshark, file, comment string) [][]string {
	t.Helper()
	rows, err := tshark.Rows(ctx, file, fmt.Sprintf("frame.comment == %q", comment), nil, []string{"anytls.cmd"})
	if err != nil {
		t.Fatal(err)
	}
	var codes [][]string
	for _, row := range rows {
		codes = append(codes, row[0])
	}
	return codes
}

// TestDissectorOnCaptures: tshark finds the frames of real captures, as many of each command
// as the program's own replay.
func TestDissectorOnCaptures(t *testing.T) {
	const captures = "../capture/replay/testdata"
	ctx := t.Context()
	tshark := newTshark(ctx, t)
	http := map[string]int{
		"preamble": 2, "Waste": 10, "SYN": 5, "PSH": 26, "FIN": 5, "Settings": 2, "SYNACK": 5, "ServerSettings": 2,
	}
	for _, tc := range []struct {
		file, keys string
		want       map[string]int
	}{
		{file: "http.pcap", keys: "http.keys", want: http},
		{file: "http-dsb.pcapng", want: http},
		{
			file: "synackerr.pcap", keys: "synackerr.keys",
			want: map[string]int{
				"preamble": 1, "Waste": 7, "SYN": 3, "PSH": 7, "FIN": 5, "Settings": 1, "SYNACK": 3, "ServerSettings": 1,
			},
		},
		{
			file: "wrongpw.pcap", keys: "wrongpw.keys",
			want: map[string]int{"preamble": 1, "Waste": 1, "SYN": 1, "PSH": 1, "Settings": 1},
		},
	} {
		t.Run(tc.file, func(t *testing.T) {
			inTurn(t)
			var options []string
			if tc.keys != "" {
				options = []string{"-o", "tls.keylog_file:" + filepath.Join(captures, tc.keys)}
			}
			// The names as the dissector gives them: "AnyTLS PSH 1 …".
			rows, err := tshark.Rows(ctx, filepath.Join(captures, tc.file), "anytls", append(options, "-2"), []string{"anytls"})
			if err != nil {
				t.Fatal(err)
			}
			got := make(map[string]int)
			for _, row := range rows {
				for _, text := range row[0] {
					name, _, _ := strings.Cut(strings.TrimPrefix(text, "AnyTLS "), " ")
					got[name]++
				}
			}
			if !maps.Equal(got, tc.want) {
				t.Errorf("tshark has %v, want %v", got, tc.want)
			}
			sameAsReplay(ctx, t, tshark, filepath.Join(captures, tc.file), tc.keys)
		})
	}
}

// TestDissectorTimes: the dissector links a SYNACK with its SYN, and gives the time between
// them.
func TestDissectorTimes(t *testing.T) {
	ctx := t.Context()
	tshark := newTshark(ctx, t)
	rows, err := tshark.Rows(ctx, "../capture/replay/testdata/http-dsb.pcapng", "anytls.cmd == 7", nil,
		[]string{"frame.number", "anytls.syn_in", "anytls.synack.time"})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 5 || !reflect.DeepEqual(rows[0][:2], [][]string{{"14"}, {"10"}}) || !strings.HasPrefix(rows[0][2][0], "0.00097") {
		t.Errorf("SYNACKs: %q", rows)
	}
}

// sameAsReplay: tshark finds the same frames in a capture as the program's own replay.
func sameAsReplay(ctx context.Context, t *testing.T, tshark *Tshark, file, keys string) {
	t.Helper()
	var options, flags []string
	if keys != "" {
		keys = filepath.Join(filepath.Dir(file), keys)
		options, flags = []string{"-o", "tls.keylog_file:" + keys}, []string{"--keylog", keys}
	}
	got, err := tshark.Frames(ctx, file, options...)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Replay(ctx, file, flags...)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Errorf("tshark has frames in %d directions, replay in %d", len(got), len(want))
	}
	for r, told := range want {
		if !slices.Equal(got[r], told.Frames) {
			t.Errorf("%+v: tshark has %d frames, replay %d, or they differ", r, len(got[r]), len(told.Frames))
		}
	}
}
