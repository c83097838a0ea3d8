package process

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"anytls-inspect/protocol"
)

// written returns the path of a log with a text.
func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Lines of programs as they wrote them.
func TestLinesOfPrograms(t *testing.T) {
	tests := []struct {
		line string
		kind int // kinds: none
	}{
		// jxo-me's anytls-rs 0.3.0 and 0.5.4
		{"2026-11-26T10:00:00.000001Z DEBUG anytls_rs::session::session: [Session] 💓 Received HeartRequest (stream_id=0)", received},
		{"\x1b[2m2026-11-26T10:00:00.000001Z\x1b[0m \x1b[34mDEBUG\x1b[0m \x1b[2manytls_rs::session\x1b[0m\x1b[2m:\x1b[0m [Session] Received \x1b[3mHeartRequest\x1b[0m (stream_id=0)", received},
		{"2026-11-26T10:00:00.000001Z  INFO anytls_rs::session: [Session] 🔀 handle_frame: Processing frame cmd=HeartRequest, stream_id=0, data_len=0", received},
		{"2026-11-26T10:00:00.000001Z DEBUG anytls_rs::session: [Session] ✅ Sent HeartResponse (stream_id=0)", sent},
		{"2026-11-26T10:00:00.000001Z  INFO anytls_rs::session: [Session] 🔍 About to send frame header: cmd=9, stream_id=Some(0), data_len=Some(0), total_buffer_len=7", sent},
		{"2026-11-26T10:00:00.000001Z  INFO anytls_rs::session: [Session] 🔍 About to send frame header: cmd=2, stream_id=Some(9), data_len=Some(9), total_buffer_len=7", kinds},
		{"2026-11-26T10:00:00.000001Z DEBUG anytls_rs::session: [Session] 💚 Received HeartResponse (stream_id=0)", response},
		{"2026-11-26T10:00:00.000001Z DEBUG anytls_rs::session: [Session] handle_frame: Processing frame cmd=HeartResponse, stream_id=0, data_len=0", response},
		{"2026-11-26T10:00:00.000001Z DEBUG anytls_rs::protocol::codec: [FrameCodec] 📋 decode: Parsed header cmd=HeartRequest (byte=8), stream_id=0, data_len=0", kinds},
		{"2026-11-26T10:00:00.000001Z ERROR anytls_rs::session: [Session] Failed to send HeartResponse: broken pipe", trouble},
		{"2026-11-26T10:00:00.000001Z ERROR anytls_rs::server: [Server] Connection error: Authentication failed", trouble},
		{"\x1b[2m2026-11-27T22:23:59.210383Z\x1b[0m \x1b[31mERROR\x1b[0m \x1b[1manytls.connection\x1b[0m\x1b[1m{\x1b[0m\x1b[3mpeer_addr\x1b[0m\x1b[2m=\x1b[0m127.0.0.1:46076", trouble},
		{"2026-11-26T10:00:00.000001Z  WARN anytls_rs::client: Heartbeat timeout detected", trouble},
		{"2026-11-26T10:00:00.000001Z  INFO anytls_rs::server: [Server] recv_loop task completed normally", kinds},
		// ssrlive's anytls 0.3.17 and 0.5.3
		{"[2026-11-27T22:12:58Z DEBUG anytls::proxy::session::inner] session=1 stream=0 stage=frame_received command=CMD_HEART_REQUEST(8) bytes=0", received},
		{"[2026-11-27T22:12:58Z DEBUG anytls::proxy::session::inner] session=1 stream=0 stage=frame_received command=CMD_HEART_RESPONSE(9) bytes=0", response},
		{"[2026-11-27T22:12:58Z TRACE anytls::runtime::session] received HeartRequest", received},
		{"[2026-11-27T22:13:00Z WARN  anytls::proxy::session::inner] session=1 client=false stage=session_failed active_streams=4 reason=Connection closed", trouble},
		{"[2026-11-27T22:12:58Z INFO  anytls_server] Session #1 TCP relay established from 127.0.0.1:59480 to 127.0.0.1:42749(127.0.0.1:42749)", kinds},
		{"error: invalid value 'x' for '--listen <LISTEN>': invalid socket address syntax", trouble},
		{"Error: Os { code: 98, kind: AddrInUse, message: \"Address already in use\" }", trouble},
		{"thread 'main' panicked at src/main.rs:10:5:", trouble},
		{"thread 'tokio-runtime-worker' (12345) panicked at src/session.rs:10:5:", trouble},
		// anytls-go and sing-anytls, by logrus
		{`time="2026-11-26T10:00:00Z" level=info msg="[Server] anytls/0.0.13"`, kinds},
		{`time="2026-11-26T10:00:00Z" level=debug msg="proxyOutboundTCP DialContext: dial tcp 127.0.0.1:1: connect: connection refused"`, kinds},
		{`time="2026-11-26T10:00:00Z" level=error msg="[Alert from server] client did not send its settings"`, trouble},
		{`time="2026-11-26T10:00:00Z" level=warning msg="[Update padding failed] 0123"`, trouble},
		{`time="2026-11-26T10:00:00Z" level=fatal msg="listen tcp 127.0.0.1:1: bind: permission denied"`, trouble},
		{`time="2026-11-26T10:00:00Z" level=info msg="it said ERROR"`, kinds},
		{"\x1b[33mWARN\x1b[0m[0003] [Update padding failed] 0123", trouble},
		{"\x1b[31mERRO\x1b[0m[0003] [Alert from server] text", trouble},
		{"\x1b[36mINFO\x1b[0m[0003] discard session stream: 1 0", kinds},
		// sing-box
		{"\x1b[31mERROR\x1b[0m[0006] [\x1b[38;5;136m2735156344\x1b[0m 25ms] connection: open connection to 127.0.0.1:18080 using outbound/anytls[0]: failed to create session: EOF", trouble},
		{"+0000 2026-11-26 10:00:00 ERROR [1278648066 3ms] inbound/anytls[0]: process connection from 127.0.0.1:48450: EOF", trouble},
		{"+0000 2026-11-26 10:00:00 INFO [1278648066 3ms] inbound/anytls[0]: [user] inbound connection to 127.0.0.1:80", kinds},
		{"+0000 2026-11-26 10:00:00 FATAL[0000] decode config at x.json: outbounds[0].x: json: unknown field", trouble},
		// mihomo
		{`time="2026-11-26T10:00:00.0Z" level=warning msg="[TCP] dial A 127.0.0.1:1 --> 127.0.0.1:2 error: connect failed"`, trouble},
		{`time="2026-11-26T10:00:00.0Z" level=info msg="[TCP] 127.0.0.1:1 --> 127.0.0.1:2 match Match using A"`, kinds},
		// Other forms
		{`{"level":"error","ts":1700000000.1,"msg":"x"}`, trouble},
		{`{"ts": "x", "Severity": "WARNING", "msg": "x"}`, trouble},
		{`{"msg":"it said ERROR","level":"info"}`, kinds},
		{"E1126 10:00:00.000000   12 server.go:10] accept failed", trouble},
		{"I1126 10:00:00.000000   12 server.go:10] accept ERROR", kinds},
		{"2026/11/26 10:00:00 [error] 12#12: *1 anytls: closed", trouble},
		{"2026/11/26 10:00:00 [info] 12#12: *1 client closed with ERROR", kinds},
		{"panic: runtime error: index out of range [1] with length 1", trouble},
		{"fatal error: all goroutines are asleep - deadlock!", trouble},
		{"2026/11/26 10:00:00 http: TLS handshake error from 127.0.0.1:1: EOF", kinds}, // says no level
		{"2026/11/26 10:00:00 ended with 0 errors, error=nil", kinds},
		{"done, no ERROR, 0 WARN", kinds},
		{"INFO log_level=warn level=warn", kinds},
		{"TERROR WARNED ERRORS", kinds},
		{"the panic: button", kinds},
		{"", kinds},
		// Nobody's that is known
		{"got a new heartbeat request from client", received},
		{"recv frame type: HEART_REQ", received},
		{"Received heart-response", response},
		{"wrote frame CMD_HEART_RESPONSE", sent},
		{"received HeartResponse, which answers HeartRequest 5", response},
		{"heartbeat request timed out", kinds},
	}
	for _, tt := range tests {
		found, err := Patterns{}.ReadLog(t.Context(), written(t, tt.line+"\n"), 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		for kind, lines := range []Lines{received: found.Received, sent: found.Sent, response: found.Response, trouble: found.Trouble} {
			want := Lines{}
			if kind == tt.kind {
				want = Lines{Count: 1, First: lines.First, Errors: lines.Errors}
			}
			if lines != want || lines.Count > 0 && (lines.First == "" || strings.ContainsRune(lines.First, 0x1b)) {
				t.Errorf("%q: kind %d has %+v, want %+v", tt.line, kind, lines, want)
			}
		}
	}
}

// A program that says the same in two lines is not said to have had twice as many.
func TestOneWayCounts(t *testing.T) {
	path := written(t, strings.Repeat("Processing frame cmd=HeartRequest\nReceived HeartRequest\n", 3)+"received frame HeartRequest\n")
	found, err := Patterns{}.ReadLog(t.Context(), path, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Lines{Count: 3, First: "Received HeartRequest"}); found.Received != want || found.Lines != 7 {
		t.Errorf("found %+v of %d lines, want %+v of 7", found.Received, found.Lines, want)
	}
}

func TestOwnPatterns(t *testing.T) {
	path := written(t, "hb?\nhb!\nhb.\nERROR mild\nERROR hard\nodd\nReceived HeartRequest")
	p := Patterns{Received: `hb\?`, Sent: "hb!", Response: `^hb\.$`, Harmless: "mild"}
	found, err := p.ReadLog(t.Context(), path, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	want := Findings{
		Lines: 7, Received: Lines{1, "hb?", 0}, Sent: Lines{1, "hb!", 0}, Response: Lines{1, "hb.", 0}, Trouble: Lines{1, "ERROR hard", 1},
	}
	if found != want {
		t.Errorf("found %+v, want %+v", found, want)
	}
	p.Trouble = "odd|mild"
	if found, err = p.ReadLog(t.Context(), path, 0, -1); err != nil || found.Trouble != (Lines{1, "odd", 1}) {
		t.Errorf("found %+v, %v", found.Trouble, err)
	}
	for name, bad := range map[string]Patterns{
		"HeartRequest received":  {Received: "("},
		"HeartResponse sent":     {Sent: "("},
		"HeartResponse received": {Response: "("},
		"of trouble":             {Trouble: "("},
		"harmless trouble":       {Harmless: "("},
	} {
		if _, err := bad.ReadLog(t.Context(), path, 0, -1); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("the bad pattern of %s: %v", name, err)
		}
	}
}

// TestErrorsAmongWarnings: of the trouble in a log the first error is shown, where there is one,
// and errors are counted.
func TestErrorsAmongWarnings(t *testing.T) {
	for _, tt := range []struct {
		log  string
		want Lines
	}{
		{"WARN a\nWARN b\n", Lines{2, "WARN a", 0}},
		{"WARN a\nERROR b\nWARN c\nERROR d\n", Lines{4, "ERROR b", 2}},
		{"ERROR a\nWARN b\n", Lines{2, "ERROR a", 1}},
		{"level=warning msg=a\nlevel=fatal msg=b\n", Lines{2, "level=fatal msg=b", 1}},
		{"W1126 12:00:00.000000 a\nwarning: b\n[warn] c\n", Lines{3, "W1126 12:00:00.000000 a", 0}},
		{"WARN error: it failed\npanic: no\n", Lines{2, "panic: no", 1}},
	} {
		found, err := Patterns{}.ReadLog(t.Context(), written(t, tt.log), 0, -1)
		if err != nil || found.Trouble != tt.want {
			t.Errorf("%q has %+v, %v; want %+v", tt.log, found.Trouble, err, tt.want)
		}
	}
}

func TestReadLogFromTo(t *testing.T) {
	const text = "ERROR 1\nERROR 2\r\nERROR 3"
	path := written(t, text)
	for _, tt := range []struct {
		from, to int64
		lines    uint64
		first    string
	}{
		{0, -1, 3, "ERROR 1"},
		{8, -1, 2, "ERROR 2"},
		{8, 16, 1, "ERROR 2"},
		{8, 1000, 2, "ERROR 2"},
		{8, 3, 0, ""},
		{int64(len(text)), -1, 0, ""},
	} {
		found, err := Patterns{}.ReadLog(t.Context(), path, tt.from, tt.to)
		if err != nil || found.Lines != tt.lines || found.Trouble != (Lines{tt.lines, tt.first, tt.lines}) {
			t.Errorf("from %d to %d: %+v, %v", tt.from, tt.to, found, err)
		}
	}
	for path, want := range map[string]string{
		path:                           "was shortened or replaced",
		t.TempDir():                    "is not a file",
		filepath.Join(path, "nowhere"): "nowhere",
	} {
		if _, err := (Patterns{}).ReadLog(t.Context(), path, int64(len(text))+1, -1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

// A line of any length takes no more memory than the part of it that is looked at.
func TestLongLine(t *testing.T) {
	path := written(t, "ERROR begins\n")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	const long = 100 << 20
	if err := f.Truncate(long); err != nil { // zeros, which take no room on the disk
		t.Fatal(err)
	}
	if _, err := f.WriteString("\nERROR " + strings.Repeat("x", 2*maxLine) + "\nERROR ends"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	found, err := Patterns{}.ReadLog(t.Context(), path, 0, -1)
	runtime.ReadMemStats(&after)
	if err != nil || found.Lines != 4 || found.Trouble.Count != 3 {
		t.Errorf("found %+v, %v", found, err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
		t.Errorf("reading took %d bytes", took)
	}
	found, err = Patterns{}.ReadLog(t.Context(), path, long, -1)
	if want := "ERROR " + strings.Repeat("x", maxFirst-len("ERROR ")) + "…"; err != nil || found.Trouble.First != want {
		t.Errorf("%q is shown, %v; want %q", found.Trouble.First, err, want)
	}
	if lines := tail(path, 0); len(lines) != 1 || lines[0] != "ERROR ends" {
		t.Errorf("tail = %q", lines)
	}
}

// Whatever a program writes: it is read, and what is shown of it can be printed.
func TestRandomLog(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"\n", "\r", "\x1b[", "\x1b]0;", "\x9b", "\xc2\x9b", "\x07", "ERROR", "level=", "Received HeartRequest", "é", "\xff", "\x00", "m"}
	for range 2000 {
		var text strings.Builder
		for range random.IntN(60) {
			if random.IntN(2) == 0 {
				text.WriteString(pieces[random.IntN(len(pieces))])
			} else {
				text.WriteByte(byte(random.Uint32()))
			}
		}
		var texts []string
		var found Findings
		finders, err := Patterns{}.finders()
		if err != nil {
			t.Fatal(err)
		}
		err = eachLine(t.Context(), strings.NewReader(text.String()), func(line []byte) {
			found.Lines++
			texts = append(texts, shown(string(line)))
			for _, f := range finders {
				f.look(plain(line))
			}
		})
		if want := strings.Count(text.String(), "\n"); err != nil || found.Lines < uint64(want) || found.Lines > uint64(want)+1 {
			t.Fatalf("%q: %d lines, %v", text.String(), found.Lines, err)
		}
		for _, f := range finders {
			texts = append(texts, f.lines().First)
		}
		for _, shown := range texts {
			printable(t, shown)
		}
	}
}

func printable(t *testing.T, shown string) {
	t.Helper()
	if !utf8.ValidString(shown) || utf8.RuneCountInString(shown) > maxFirst+1 {
		t.Errorf("%q is shown", shown)
	}
	for _, r := range shown {
		if !protocol.IsPrint(r) {
			t.Errorf("%q is shown", shown)
		}
	}
}

func TestTail(t *testing.T) {
	long := strings.Repeat("é", maxTail)
	tests := []struct{ name, text, want string }{
		{"some", "a\nb\n", "a|b"},
		{"with empty ones", "a\n\nb\n \nc\r\n", "a|b|c"},
		{"unended", "a\nb", "a|b"},
		{"empty", "", ""},
		{"cut", long + "\nb\nc", "b|c"},
		{"one long line", long + "x", strings.Repeat("é", maxShown) + "…"},
		{"escapes", "\x1b[1ma\x1b[0m\x07\n", `a\a`},
	}
	for _, tt := range tests {
		if got := strings.Join(tail(written(t, tt.text), 0), "|"); got != tt.want {
			t.Errorf("%s: tail = %q, want %q", tt.name, got, tt.want)
		}
	}
	for _, path := range []string{t.TempDir(), "/no/such/file"} {
		if lines := tail(path, 0); lines != nil {
			t.Errorf("tail(%s) = %q", path, lines)
		}
	}
}
