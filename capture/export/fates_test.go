package export_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestFates: what became of a frame is in its line, in either form, and only what the
// contract has of it: "injected" and "absorbed" are true or left out, "fate" has the
// other kinds.
func TestFates(t *testing.T) {
	for _, tc := range []struct {
		fate       session.Fate
		json, text string
	}{
		{session.Fate{}, `{}`, ""},
		{session.Fate{Kind: session.Forwarded, Rule: 9}, `{"rule":9}`, "[forwarded by rule 9]"},
		{session.Fate{Kind: session.Absorbed}, `{"absorbed":true}`, "[absorbed]"},
		{session.Fate{Kind: session.Injected}, `{"injected":true}`, "[injected]"},
		{session.Fate{Kind: session.Injected, Rule: 65535}, `{"injected":true,"rule":65535}`, "[injected by rule 65535]"},
		{session.Fate{Kind: session.Dropped, Rule: 1}, `{"fate":"dropped","rule":1}`, "[dropped by rule 1]"},
		{session.Fate{Kind: session.Replaced, Rule: 2}, `{"fate":"replaced","rule":2}`, "[replaced by rule 2]"},
		{session.Fate{Kind: session.Repeated, Rule: 3}, `{"fate":"repeated","injected":true,"rule":3}`, "[repeated by rule 3]"},
		{session.Fate{Kind: session.Held, Held: 1234567 * time.Nanosecond}, `{"fate":"held","held_ms":1.234}`, "[held for 1.234567ms]"},
		{
			session.Fate{Kind: session.Dropped, Rule: 4, Held: 2500 * time.Millisecond},
			`{"fate":"dropped","held_ms":2500,"rule":4}`, "[dropped for 2.5s by rule 4]",
		},
	} {
		s := &source{t: t, j: journal.New(journal.Limits{Entries: 100, Bytes: 1 << 16}, session.Config{}), now: time.Unix(0, 0)}
		s.event(capture.Event{Kind: capture.Opened})
		s.mark(protocol.ServerToClient, protocol.FIN, tc.fate)
		var js, tx bytes.Buffer
		write(t, s.j, export.NewJSON(&js, export.Options{}), false)
		write(t, s.j, export.NewText(&tx, export.Options{}), false)

		if got := fateOf(t, js.String()); got != tc.json {
			t.Errorf("%+v: JSON has %s, want %s", tc.fate, got, tc.json)
		}
		var got []string
		for line := range strings.Lines(tx.String()) {
			if _, after, found := strings.Cut(line, "← FIN"); found {
				_, after, _ = strings.Cut(after, "0 B")
				got = append(got, strings.TrimSpace(after))
			}
		}
		if fmt.Sprint(got) != fmt.Sprint([]string{tc.text}) {
			t.Errorf("%+v: the text has %q, want %q", tc.fate, got, tc.text)
		}
	}
}

// fateOf returns those fields of the only frame's line that say what became of it.
func fateOf(t *testing.T, lines string) string {
	t.Helper()
	for line := range strings.Lines(lines) {
		var all map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &all); err != nil {
			t.Fatal(err)
		}
		if string(all["event"]) != `"frame"` {
			continue
		}
		for name := range all {
			switch name {
			case "injected", "absorbed", "fate", "rule", "held_ms":
			default:
				delete(all, name)
			}
		}
		b, err := json.Marshal(all) // in the order of the names
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	t.Fatal("there is no frame")
	return ""
}
