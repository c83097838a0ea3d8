package export_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export"
	"anytls-inspect/capture/filter"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A source records one session in which every notice occurs.
type source struct {
	t   *testing.T
	j   *journal.Journal
	now time.Time
}

func newJournal(t *testing.T) *journal.Journal {
	t.Helper()
	credential := protocol.HashPassword("secret")
	s := &source{
		t: t, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		j: journal.New(journal.Limits{}, session.Config{Credentials: []session.Credential{{Hash: credential}}, Fingerprints: protocol.FingerprintKey{1}}),
	}
	s.event(capture.Event{Kind: capture.Listening, Client: "127.0.0.1:9443"})
	s.event(capture.Event{Kind: capture.Opened, Client: "127.0.0.1:50000", Server: "example.com:443"})
	s.event(capture.Event{Kind: capture.Established, TLS: &capture.TLS{
		Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", SNI: "example.com", ALPN: "h2",
	}})
	s.client(protocol.Preamble{Hash: credential, Padding: 30}.Append(nil))
	s.client(s.frame(protocol.Settings, 0, "v=2\nclient=test/1"))
	s.server(s.frame(protocol.ServerSettings, 0, "v=2"))
	s.client(s.frame(protocol.SYN, 1, ""))
	target, _ := protocol.AppendTarget(nil, protocol.Address{Host: "example.org", Port: 80})
	s.client(s.frame(protocol.PSH, 1, string(target)+"GET /\x1b[31m"))
	s.server(s.frame(protocol.SYNACK, 1, ""))
	s.server(s.frame(protocol.PSH, 1, "hello"))
	s.mark(protocol.ClientToServer, protocol.HeartRequest, session.Fate{Kind: session.Injected})
	s.mark(protocol.ServerToClient, protocol.HeartResponse, session.Fate{Kind: session.Absorbed})
	s.mark(protocol.ClientToServer, protocol.HeartRequest, session.Fate{})
	s.mark(protocol.ServerToClient, protocol.HeartResponse, session.Fate{})
	s.client(s.frame(protocol.SYN, 2, ""))
	target, _ = protocol.AppendTarget(nil, protocol.Address{Host: protocol.UoTHost})
	request, _ := protocol.UoTRequest{Destination: protocol.Address{Host: "1.1.1.1", Port: 53}}.Append(target)
	s.client(s.frame(protocol.PSH, 2, string(request)))
	s.server(s.frame(protocol.SYNACK, 2, "refused by \u202epolicy"))
	s.client(s.frame(protocol.Waste, 0, "0000"))
	s.mark(protocol.ServerToClient, protocol.HeartRequest, session.Fate{Kind: session.Injected})
	s.now = s.now.Add(5 * time.Second)
	s.j.Tick(s.now)
	s.mark(protocol.ClientToServer, protocol.HeartResponse, session.Fate{Kind: session.Absorbed})
	s.server(s.frame(protocol.Alert, 0, "go away"))
	s.server([]byte{2, 0, 0, 0, 1, 0, 9, 'c', 'u', 't'})
	s.event(capture.Event{Kind: capture.Gap, Dir: protocol.ServerToClient, Missing: 100})
	s.event(capture.Event{Kind: capture.Closed, By: session.ClosedByServer, Reason: "the server reset its connection"})
	return s.j
}

func (s *source) event(e capture.Event) {
	s.now = s.now.Add(1500 * time.Microsecond)
	e.At = s.now
	if e.Kind != capture.Listening {
		e.Session = 1
	}
	s.j.Record(&e)
}

func (s *source) client(b []byte) {
	s.event(capture.Event{Kind: capture.Data, Dir: protocol.ClientToServer, Data: b})
}

func (s *source) server(b []byte) {
	s.event(capture.Event{Kind: capture.Data, Dir: protocol.ServerToClient, Data: b})
}

func (s *source) mark(dir protocol.Direction, c protocol.Command, m session.Fate) {
	s.event(capture.Event{Kind: capture.Data, Dir: dir, Data: s.frame(c, 0, ""), Fate: m})
}

func (s *source) frame(c protocol.Command, stream uint32, data string) []byte {
	b, err := protocol.AppendFrame(nil, c, stream, []byte(data))
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// write writes all of a journal.
func write(t *testing.T, j *journal.Journal, w export.Writer, secrets bool) {
	t.Helper()
	b := &journal.Batch{Payload: secrets}
	for j.Read(b, 10) {
		for i := range b.Entries {
			if err := w.Entry(&b.Entries[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Summary(j.Totals()); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	write(t, newJournal(t), export.NewJSON(&out, export.Options{}), false)
	golden.RequireEqual(t, out.Bytes())
	for line := range strings.Lines(out.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
}

func TestText(t *testing.T) {
	var out bytes.Buffer
	write(t, newJournal(t), export.NewText(&out, export.Options{}), false)
	golden.RequireEqual(t, out.Bytes())
}

// TestSecrets: credential and payload are written when asked for, and only then.
func TestSecrets(t *testing.T) {
	hash := "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b" // sha256 of "secret"
	payload := "474554202f1b5b33316d"                                          // GET /␛[31m
	text := `GET /\x1b[31m`
	for _, secrets := range []bool{false, true} {
		var js, tx bytes.Buffer
		o := export.Options{Secrets: secrets}
		write(t, newJournal(t), export.NewJSON(&js, o), secrets)
		write(t, newJournal(t), export.NewText(&tx, o), secrets)
		for what, has := range map[string]bool{
			"JSON credential": strings.Contains(js.String(), hash),
			"JSON payload":    strings.Contains(js.String(), payload),
			"text credential": strings.Contains(tx.String(), hash),
			"text payload":    strings.Contains(tx.String(), text),
		} {
			if has != secrets {
				t.Errorf("with secrets %v: %s written: %v", secrets, what, has)
			}
		}
	}
}

// TestHarmless: no control character from the network reaches the terminal.
func TestHarmless(t *testing.T) {
	var out bytes.Buffer
	o := export.Options{Secrets: true}
	write(t, newJournal(t), export.NewText(&out, o), true)
	write(t, newJournal(t), export.NewJSON(&out, o), true)
	for _, r := range out.String() {
		if r == '\x1b' || r == '\u202e' || (r < ' ' && r != '\n') {
			t.Fatalf("%q was written as it came", r)
		}
	}
}

// TestMatch: a filter leaves out frames, never notices.
func TestMatch(t *testing.T) {
	only, err := filter.Compile(`cmd == "SYN" && stream == 2`)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	write(t, newJournal(t), export.NewJSON(&out, export.Options{Match: only.Match}), false)
	if n := strings.Count(out.String(), `"event":"frame"`); n != 1 {
		t.Errorf("%d frames passed the filter, want 1", n)
	}
	if !strings.Contains(out.String(), `"event":"heartbeat"`) || !strings.Contains(out.String(), `"event":"auth"`) {
		t.Error("notices were filtered")
	}
}

// TestMissed: a line says how much was evicted unread.
func TestMissed(t *testing.T) {
	var js, tx bytes.Buffer
	for _, w := range []export.Writer{export.NewJSON(&js, export.Options{}), export.NewText(&tx, export.Options{})} {
		if err := w.Missed(17); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	for _, out := range []string{js.String(), tx.String()} {
		if !strings.Contains(out, "17") || !strings.Contains(out, "evicted") {
			t.Errorf("written: %s", out)
		}
	}
}

// TestOutputsFailed: the summary names the outputs that failed, where there are any.
func TestOutputsFailed(t *testing.T) {
	var totals journal.Totals
	summary := func(w export.Writer, out *bytes.Buffer) string {
		if err := errors.Join(w.Summary(totals), w.Flush()); err != nil {
			t.Fatal(err)
		}
		defer out.Reset()
		return out.String()
	}
	var out bytes.Buffer
	inJSON := export.NewJSON(&out, export.Options{})
	inText := export.NewText(&out, export.Options{})
	for _, w := range []export.Writer{inJSON, inText} {
		if got := summary(w, &out); strings.Contains(got, "fail") {
			t.Errorf("none failed: %s", got)
		}
	}
	totals.Outputs = []journal.OutputFailure{{Output: journal.KeyLogFile, Reason: "no space left"}}
	if got, want := summary(inJSON, &out), `"outputs_failed":[{"output":"key log","reason":"no space left"}]`; !strings.Contains(got, want) {
		t.Errorf("%s lacks %s", got, want)
	}
	if got, want := summary(inText, &out), "\noutput failed: key log: no space left\n"; !strings.HasSuffix(got, want) {
		t.Errorf("%q does not end with %q", got, want)
	}
}
