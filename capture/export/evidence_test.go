package export_test

import (
	"bytes"
	"cmp"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// partlySeen returns the source of a session with a stream, and what to write of it.
func partlySeen(t *testing.T) (s *source, write2 func() (inJSON, inText []string)) {
	t.Helper()
	s = &source{t: t, j: journal.New(journal.Limits{}, session.Config{}), now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	s.event(capture.Event{Kind: capture.Opened, Client: "127.0.0.1:50000", Server: "example.com:443"})
	s.event(capture.Event{Kind: capture.Established, TLS: &capture.TLS{Version: "TLS 1.3"}})
	s.client(protocol.Preamble{Padding: 30}.Append(nil))
	s.client(s.frame(protocol.Settings, 0, "v=2\nclient=test/1"))
	s.client(s.frame(protocol.SYN, 1, ""))
	return s, func() (inJSON, inText []string) {
		s.event(capture.Event{Kind: capture.Closed, By: session.ClosedByCapture})
		var js, tx bytes.Buffer
		write(t, s.j, export.NewJSON(&js, export.Options{}), false)
		write(t, s.j, export.NewText(&tx, export.Options{}), false)
		return strings.Split(js.String(), "\n"), strings.Split(tx.String(), "\n")
	}
}

// one returns the only line that has a text.
func one(t *testing.T, lines []string, text string) string {
	t.Helper()
	found, n := "", 0
	for _, line := range lines {
		if strings.Contains(line, text) {
			found, n = line, n+1
		}
	}
	if n != 1 {
		t.Fatalf("%d lines have %q:\n%s", n, text, strings.Join(lines, "\n"))
	}
	return found
}

// TestEvidence: lines, the end of a session and the end of the run say what was not seen.
func TestEvidence(t *testing.T) {
	for _, test := range []struct {
		name         string
		event        capture.Event
		json, text   string // of the event
		close, total string // of session-close and summary in JSON
		brief        string // at the end of the session, in text; where it is empty, told
		told         string // at the end of the run
		up, down     string
	}{
		{
			name: "a gap", event: capture.Event{Kind: capture.Gap, Dir: protocol.ServerToClient, Missing: 1414},
			json: `"event":"gap","time":"2026-01-02T03:04:05.009Z","session":1,"dir":"s2c","bytes":1414}`, text: "· gap                 1,414 bytes of the server's direction are missing",
			close: `"evidence":{"gaps":{"s2c":{"count":1,"bytes":1414}}}`, total: `"evidence":{"sessions":1,"gaps":{"s2c":{"count":1,"bytes":1414}}}`,
			told: "1 gap, 1,414 bytes of the server's direction", up: "up 0", down: "down ≥ 0",
		},
		{
			name: "a gap of unknown size", event: capture.Event{Kind: capture.Gap, Dir: protocol.ClientToServer, Missing: -1},
			json: `"dir":"c2s","bytes":-1}`, text: "· gap                 an unknown number of bytes of the client's direction is missing",
			close: `"evidence":{"gaps":{"c2s":{"count":1,"bytes":0,"unknown":1}}}`, total: `"gaps":{"c2s":{"count":1,"bytes":0,"unknown":1}}}`,
			told: "1 gap, an unknown number of bytes of the client's direction", up: "up ≥ 0", down: "down 0",
		},
		{
			name: "a direction", event: capture.Event{Kind: capture.Unseen, Dir: protocol.ServerToClient, Why: "no key for it"},
			json: `"event":"unseen","time":"2026-01-02T03:04:05.009Z","session":1,"dir":"s2c","reason":"no key for it"}`, text: "· unseen              nothing of the server's direction is seen from here on: no key for it",
			close: `"evidence":{"unseen":[{"dir":"s2c","reason":"no key for it"}]}`, total: `"evidence":{"sessions":1,"unseen":[{"dir":"s2c","reason":"no key for it","sessions":1}]}`,
			brief: "nothing of the server's direction", told: "the server's direction was not seen", up: "up 0", down: "down ≥ 0",
		},
		{
			name: "times", event: capture.Event{Kind: capture.Order, Within: 3 * time.Millisecond, Why: "clocks differ"},
			json: `"event":"order","time":"2026-01-02T03:04:05.009Z","session":1,"reason":"clocks differ","within_ms":3}`, text: "· order               times between the directions may be off by 3 ms: clocks differ",
			close: `"evidence":{"within_ms":3}`, total: `"evidence":{"sessions":1,"within_ms":3}`,
			told: "times between the directions may be off by 3 ms", up: "up 0", down: "down 0",
		},
		{
			name: "order", event: capture.Event{Kind: capture.Order, Uncertain: true, Why: "sorted by direction"},
			json: `"reason":"sorted by direction","within_ms":0,"uncertain":true}`, text: "· order               the order of the directions is not known: sorted by direction",
			close: `"evidence":{"uncertain":true}`, total: `"evidence":{"sessions":1,"uncertain_sessions":1}`,
			told: "the order of the directions is not known", up: "up 0", down: "down 0",
		},
		{
			name: "nothing", event: capture.Event{Kind: capture.Order, Why: "clocks agree"},
			json: `"reason":"clocks agree","within_ms":0}`, text: "· order               times between the directions are good",
			up: "up 0", down: "down 0",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, write := partlySeen(t)
			s.event(test.event)
			inJSON, inText := write()
			one(t, inJSON, test.json)
			one(t, inText, test.text)
			closing, stream := one(t, inText, "· session-close"), one(t, inText, "· stream-close")
			for _, line := range []string{closing, stream} {
				if !strings.Contains(line, test.up+", "+test.down+" bytes") {
					t.Errorf("the line has not %q, %q: %q", test.up, test.down, line)
				}
			}
			if some := strings.Contains(closing, ", ≥ 1 streams, "); some != strings.HasPrefix(test.up, "up ≥") {
				t.Errorf("streams of which the opening may not have been seen are counted otherwise: %q", closing)
			}
			if test.told == "" {
				if all := strings.Join(append(inJSON, inText...), "\n"); strings.Contains(all, "evidence") || strings.Contains(all, "seen") {
					t.Errorf("all was seen, and it is said:\n%s", all)
				}
				return
			}
			end, label := ", not all was seen ("+cmp.Or(test.brief, test.told)+")", "not seen: "
			if test.event.Kind == capture.Order {
				end, label = ", "+test.told, "order: "
			}
			if !strings.Contains(closing, end) || strings.Contains(closing, "not all was seen") != (label == "not seen: ") {
				t.Errorf("the end of the session does not say what was not seen: %q", closing)
			}
			if end := "\n" + label + test.told; !strings.Contains(strings.Join(inText, "\n"), end) {
				t.Errorf("the end of the run has not %q:\n%s", end, strings.Join(inText, "\n"))
			}
			if line := one(t, inJSON, `"event":"session-close"`); !strings.Contains(line, test.close) {
				t.Errorf("%s has not %s", line, test.close)
			}
			if line := one(t, inJSON, `"event":"summary"`); !strings.Contains(line, test.total) {
				t.Errorf("%s has not %s", line, test.total)
			}
		})
	}
}

// TestDays: a text names the day where it is another than today, once, and where it changes.
func TestDays(t *testing.T) {
	start := time.Date(2026, 1, 2, 23, 59, 58, 0, time.UTC)
	said := func(today time.Time, after ...time.Duration) string {
		var notices []session.Notice
		var out bytes.Buffer
		w := export.NewText(&out, export.Options{Today: today})
		at := start
		for _, d := range after {
			at = start.Add(d)
			i := refusal(session.Note)
			i.Since, i.Last, i.Number = at, at, uint64(len(notices)+1)
			notices = append(notices, i)
			if err := w.Entry(&journal.Entry{At: at, Notice: i}); err != nil {
				t.Fatal(err)
			}
		}
		i := refusal(session.Warning)
		i.Since, i.Last = start, at
		if err := w.Summary(journal.Totals{Incidents: []session.Incident{i}}); err != nil {
			t.Fatal(err)
		}
		var kept []string
		for _, line := range strings.Split(out.String(), "\n") {
			switch {
			case strings.HasPrefix(line, "2026-"), strings.HasPrefix(line, "2025-"):
				kept = append(kept, line)
			case strings.Contains(line, " ! "):
				kept = append(kept, line[:8])
			case strings.HasPrefix(line, "warning"):
				when, _, _ := strings.Cut(line, " synack-error")
				kept = append(kept, strings.TrimSpace(when))
			}
		}
		return strings.Join(kept, "|")
	}
	for _, test := range []struct {
		name  string
		today time.Time
		after []time.Duration
		want  string
	}{
		{"today", start.Add(-time.Hour), []time.Duration{0, time.Second}, "23:59:58|23:59:59|warning  23:59:58–23:59:59"},
		{"today, elsewhere", start.In(time.FixedZone("", 9*3600)), []time.Duration{0}, "23:59:58|warning  23:59:58"},
		{"another day", start.AddDate(0, 0, 5), []time.Duration{0, time.Second}, "2026-01-02|23:59:58|23:59:59|warning  23:59:58–23:59:59"},
		{"no day is today", time.Time{}, []time.Duration{0}, "2026-01-02|23:59:58|warning  23:59:58"},
		{"past midnight", start, []time.Duration{0, 3 * time.Second}, "23:59:58|2026-01-03|00:00:01|warning  2026-01-02 23:59:58–2026-01-03 00:00:01"},
		{"a day later, at the same time", start, []time.Duration{0, 24 * time.Hour}, "23:59:58|2026-01-03|23:59:58|warning  2026-01-02 23:59:58–2026-01-03 23:59:58"},
		{"backward", start, []time.Duration{0, -24 * time.Hour}, "23:59:58|2026-01-01|23:59:58|warning  2026-01-02 23:59:58"},
	} {
		if got := said(test.today, test.after...); got != test.want {
			t.Errorf("%s: %s\nwant %s", test.name, got, test.want)
		}
	}
}
