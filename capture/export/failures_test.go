package export_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// lines returns what both writers write of one entry.
func lines(t *testing.T, e journal.Entry) (inJSON, inText string) {
	t.Helper()
	var js, tx bytes.Buffer
	for _, w := range []export.Writer{export.NewJSON(&js, export.Options{}), export.NewText(&tx, export.Options{Today: e.At})} {
		if err := w.Entry(&e); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	return strings.TrimSuffix(js.String(), "\n"), strings.TrimSuffix(tx.String(), "\n")
}

// TestFailures: what is stuck, dead or refused is one line in either form, with the fields
// that the contract names.
func TestFailures(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 15, 0, time.UTC)
	const common = `,"time":"2026-01-02T03:04:15Z","session":7`
	server := &capture.TLS{Version: "TLS 1.2", Cipher: "TLS_RSA", SNI: "b.test", ALPN: "h2"}
	for _, test := range []struct {
		name       string
		notice     session.Notice
		json, text string
	}{
		{
			"blocked",
			session.Blocked{
				Dir: protocol.ClientToServer, Stream: 3, Since: at.Add(-1234 * time.Millisecond), Bytes: 2_412_345,
				Text: "inside a PSH of stream 3",
			},
			`{"event":"blocked"` + common + `,"dir":"c2s","stream":3,"text":"inside a PSH of stream 3","bytes":2412345,"since":"2026-01-02T03:04:13.766Z"}`,
			"· blocked             toward server: 2.4 MB have not moved for 1.2 s, inside a PSH of stream 3",
		},
		{
			"blocked between frames, of a huge number of bytes",
			session.Blocked{Dir: protocol.ServerToClient, Since: at.Add(-10 * time.Minute), Bytes: 1<<64 - 1},
			`{"event":"blocked"` + common + `,"dir":"s2c","stream":0,"bytes":9223372036854775807,"since":"2026-01-02T02:54:15Z"}`,
			"· blocked             toward client: 18.4 EB have not moved for 10m0s",
		},
		{
			"moves again",
			session.Blocked{Dir: protocol.ClientToServer, Stream: 3, Since: at.Add(-9100 * time.Millisecond), Bytes: 999, Text: "inside a PSH of stream 3", Ended: true},
			`{"event":"blocked"` + common + `,"dir":"c2s","stream":3,"text":"inside a PSH of stream 3","bytes":999,"since":"2026-01-02T03:04:05.9Z","ended":true}`,
			"· blocked             toward server: moves again after 9.1 s",
		},
		{
			"heartbeats wait",
			session.HeartbeatWaiting{Toward: protocol.Client, Since: at.Add(-time.Second), Why: "32 are unanswered"},
			`{"event":"heartbeat"` + common + `,"text":"32 are unanswered","toward":"client","origin":"injected","waiting":true,"since":"2026-01-02T03:04:14Z"}`,
			"· heartbeat           toward client (injected) have waited for 1.0 s: 32 are unanswered",
		},
		{
			"heartbeats go on",
			session.HeartbeatWaiting{Toward: protocol.Server, Since: at.Add(-time.Second), Why: "inside a frame", Ended: true},
			`{"event":"heartbeat"` + common + `,"text":"inside a frame","toward":"server","origin":"injected","waiting":true,"since":"2026-01-02T03:04:14Z","ended":true}`,
			"· heartbeat           toward server (injected) wait no more, after 1.0 s",
		},
		{
			"two legs",
			journal.SessionOpen{Client: "c:1", Server: "s:2", TLS: &capture.TLS{Version: "TLS 1.3", SNI: "a.test"}, ServerTLS: server},
			`{"event":"session-open"` + common + `,"client":"c:1","server":"s:2","tls":{"version":"TLS 1.3","cipher":"","sni":"a.test","alpn":""},` +
				`"server_tls":{"version":"TLS 1.2","cipher":"TLS_RSA","sni":"b.test","alpn":"h2"}}`,
			`· session-open        c:1 → s:2  TLS 1.3  sni="a.test" alpn=""  server leg TLS 1.2 TLS_RSA sni="b.test" alpn="h2"`,
		},
		{
			"the server's leg alone",
			journal.SessionOpen{Client: "c:1", Server: "s:2", ServerTLS: server},
			`{"event":"session-open"` + common + `,"client":"c:1","server":"s:2","server_tls":{"version":"TLS 1.2","cipher":"TLS_RSA","sni":"b.test","alpn":"h2"}}`,
			`· session-open        c:1 → s:2  server leg TLS 1.2 TLS_RSA sni="b.test" alpn="h2"`,
		},
		{
			"a user",
			session.Auth{Padding: 30, Password: session.PasswordMatches, Fingerprint: "0123", User: "alice"},
			`{"event":"auth"` + common + `,"dir":"c2s","padding":30,"password":"match","fingerprint":"0123","user":"alice"}`,
			"· auth                password match, fingerprint 0123, padding0 30 bytes, user alice",
		},
		{
			"nothing owed",
			journal.SessionClose{By: session.ClosedByClient},
			`{"event":"session-close"` + common + `,"by":"client","up":0,"down":0,"frames":0,"streams":0}`,
			"· session-close       by client, 0 streams, 0 frames, up 0, down 0 bytes",
		},
		{
			"debts",
			journal.SessionClose{By: session.ClosedByServer, Reason: "reset", Owed: []session.Obligation{
				{What: session.OwesSYNACK, By: protocol.Server, Stream: 3, Since: at.Add(-12500 * time.Millisecond), Count: 1},
				{What: session.OwesHeartResponse, By: protocol.Server, Since: at.Add(-2 * time.Second), Count: 4},
				{What: session.OwesReading, By: protocol.Client, Stream: 3, Since: at.Add(-time.Second), Count: 1},
			}},
			`{"event":"session-close"` + common + `,"by":"server","reason":"reset","up":0,"down":0,"frames":0,"streams":0,"owed":[` +
				`{"what":"SYNACK","by":"server","stream":3,"ms":12500},{"what":"HeartResponse","by":"server","stream":0,"ms":2000,"count":4},{"what":"reading","by":"client","stream":3,"ms":1000}]}`,
			"· session-close       by server, 0 streams, 0 frames, up 0, down 0 bytes, owed: " +
				"SYNACK of stream 3 by the server for 12.5 s, 4 × HeartResponse by the server for 2.0 s, reading by the client for 1.0 s: reset",
		},
		{
			"a diagnostic less severe than others of its code",
			session.Diagnostic{Code: session.CodePasswordMismatch, Severity: session.Note, Text: "accepted"},
			`{"event":"diagnostic"` + common + `,"dir":"c2s","code":"password-mismatch","stream":0,"severity":"note","text":"accepted"}`,
			"! note                password-mismatch: accepted",
		},
	} {
		inJSON, inText := lines(t, journal.Entry{Session: 7, At: at, Notice: test.notice})
		if inJSON != test.json {
			t.Errorf("%s: JSON\n has %s\nwant %s", test.name, inJSON, test.json)
		}
		if want := "03:04:15.000000    7 " + test.text; inText != want {
			t.Errorf("%s: text\n has %q\nwant %q", test.name, inText, want)
		}
	}
}

// TestProbe: a connection that sent nothing has a line with its route and no session, and
// the summary counts it, where there was one.
func TestProbe(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 15, 0, time.UTC)
	inJSON, inText := lines(t, journal.Entry{At: at, Route: "web", Notice: journal.Probe{Client: "192.0.2.9:40000"}})
	if want := `{"event":"probe","time":"2026-01-02T03:04:15Z","route":"web","client":"192.0.2.9:40000"}`; inJSON != want {
		t.Errorf("JSON has %s, want %s", inJSON, want)
	}
	if want := "03:04:15.000000    0 · probe               192.0.2.9:40000 connected and ended without a byte  route web"; inText != want {
		t.Errorf("text has %q, want %q", inText, want)
	}
	summary := func(totals journal.Totals) (inJSON, inText string) {
		var js, tx bytes.Buffer
		for _, w := range []export.Writer{export.NewJSON(&js, export.Options{}), export.NewText(&tx, export.Options{})} {
			if err := w.Summary(totals); err != nil {
				t.Fatal(err)
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		return js.String(), tx.String()
	}
	if inJSON, inText := summary(journal.Totals{}); strings.Contains(inJSON+inText, "probe") {
		t.Errorf("there was no probe: %s%s", inJSON, inText)
	}
	inJSON, inText = summary(journal.Totals{Probes: 3})
	if !strings.Contains(inJSON, `"evicted":0,"probes":3}`) || !strings.Contains(inText, "\nprobes: 3 (") {
		t.Errorf("there were three probes: %s%s", inJSON, inText)
	}
}

// TestManyDebts: a line of text names a few debts, and counts the rest.
func TestManyDebts(t *testing.T) {
	at := time.Unix(100, 0)
	var owed []session.Obligation
	for n := range 9 {
		owed = append(owed, session.Obligation{What: session.OwesSYNACK, By: protocol.Server, Stream: uint32(n + 1), Since: at, Count: 1})
	}
	_, inText := lines(t, journal.Entry{Session: 1, At: at, Notice: journal.SessionClose{Owed: owed}})
	if !strings.Contains(inText, "of stream 4 by") || strings.Contains(inText, "of stream 5") || !strings.HasSuffix(inText, ", and 5 more") {
		t.Errorf("the line of nine debts: %s", inText)
	}
}
