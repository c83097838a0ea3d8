package filter_test

import (
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/filter"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

const (
	c2s = protocol.ClientToServer
	s2c = protocol.ServerToClient
)

// record records frames of one record, and tells the time by a number of seconds.
func record(t testing.TB, j *journal.Journal, at float64, dir protocol.Direction, fate session.Fate, frames ...protocol.Frame) {
	t.Helper()
	var wire []byte
	for _, f := range frames {
		var err error
		if wire, err = protocol.AppendFrame(wire, f.Command, f.Stream, f.Data); err != nil {
			t.Fatal(err)
		}
	}
	j.Record(&capture.Event{Kind: capture.Data, Session: 1, At: second(at), Dir: dir, Data: wire, Fate: fate})
}

// second returns the time so many seconds after the beginning.
func second(n float64) time.Time {
	return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Add(time.Duration(n * float64(time.Second)))
}

// recorded returns a journal of a session of a few frames.
func recorded(t testing.TB, limits journal.Limits) *journal.Journal {
	t.Helper()
	j := journal.New(limits, session.Config{})
	j.Record(&capture.Event{Kind: capture.Opened, Session: 1, At: second(0), Client: "client:1", Server: "server:1"})
	j.Record(&capture.Event{Kind: capture.Data, Session: 1, At: second(0), Dir: c2s, Data: protocol.Preamble{Padding: 30}.Append(nil)})
	frame := func(c protocol.Command, stream uint32, data string) protocol.Frame {
		return protocol.Frame{Command: c, Stream: stream, Data: []byte(data)}
	}
	record(t, j, 1, c2s, session.Fate{}, frame(protocol.Settings, 0, "v=2\nclient=test/1"), frame(protocol.SYN, 1, ""), frame(protocol.PSH, 1, "\x03\x04bank\x01\xbb"))
	record(t, j, 1, s2c, session.Fate{}, frame(protocol.ServerSettings, 0, "v=2"))
	record(t, j, 5, s2c, session.Fate{Kind: session.Held, Rule: 2, Held: 4 * time.Second}, frame(protocol.SYNACK, 1, ""))
	record(t, j, 5, s2c, session.Fate{}, frame(protocol.PSH, 1, "hello, client"))
	record(t, j, 6, c2s, session.Fate{Kind: session.Injected}, frame(protocol.HeartRequest, 0, ""))
	record(t, j, 6.03, s2c, session.Fate{Kind: session.Absorbed}, frame(protocol.HeartResponse, 0, ""))
	record(t, j, 7, s2c, session.Fate{}, frame(protocol.HeartResponse, 0, ""))
	record(t, j, 8, c2s, session.Fate{}, frame(protocol.SYN, 2, ""))
	return j
}

// chosen returns the names of the frames of a journal that a filter chooses.
func chosen(j *journal.Journal, f *filter.Filter) (names []string) {
	var b journal.Batch
	for j.Read(&b, 100) {
		for i := range b.Entries {
			if e := &b.Entries[i]; e.IsFrame() && f.Match(e) {
				names = append(names, e.Name())
			}
		}
	}
	return names
}

// TestFields holds each field that an entry does not say itself to the frames of a session.
func TestFields(t *testing.T) {
	for source, want := range map[string]string{
		`preamble`:                        "preamble",
		`client == "test/1"`:              "SYN PSH ServerSettings SYNACK PSH HeartRequest HeartResponse HeartResponse SYN",
		`client == ""`:                    "preamble Settings",
		`target == "bank:443"`:            "PSH SYNACK PSH",
		`age > 5s && age <= 6.5s`:         "HeartRequest HeartResponse",
		`dir == "s2c" && count in [2, 4]`: "SYNACK HeartResponse",
		`count == 0`:                      "preamble",
		`text contains "hello"`:           "PSH",
		`text startsWith "v=2"`:           "Settings ServerSettings",
		`preamble && text == ""`:          "preamble",
		`rtt > 0s`:                        "SYNACK HeartResponse",
		`rtt == 30ms`:                     "HeartResponse",
		`rtt == 4s`:                       "SYNACK",
		`"heartbeat-unsolicited" in diag`: "HeartResponse",
		`diag != []`:                      "HeartResponse",
		`incident > 0`:                    "HeartResponse",
		`"SYNACK" in owed && cmd == "SYN" && stream == 2`: "SYN",
		`"HeartResponse" in owed`:                         "",
		`rule == 2`:                                       "SYNACK",
		`injected || absorbed`:                            "HeartRequest HeartResponse",
	} {
		f, err := filter.Compile(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		j := recorded(t, journal.Limits{Facts: f.NeedsFacts()})
		f.Over(j)
		f.OnFailure(func(reason string) { t.Error(reason) })
		if got := strings.Join(chosen(j, f), " "); got != want {
			t.Errorf("%s: chooses %q, want %q", source, got, want)
		}
		// What a reader of the journal finds is the same.
		all := journal.AskFrames{Match: f.Match, Before: 100}
		rows := journal.Look(j, all).Rows
		if len(rows) != len(strings.Fields(want)) {
			t.Errorf("%s: %d rows, want %q", source, len(rows), want)
		}
	}
}

// TestWithoutJournal: a filter that has none chooses by what entries say, and does not fail.
func TestWithoutJournal(t *testing.T) {
	e := &journal.Entry{Index: 3, Session: 1, Header: protocol.Header{Command: protocol.PSH, Stream: 1}}
	f, err := filter.Compile(`cmd == "PSH" && client == "" && target == "" && age == 0s && count == 0 && text == "" && rtt == 0s && diag == [] && owed == [] && incident == 0`)
	if err != nil {
		t.Fatal(err)
	}
	f.OnFailure(func(reason string) { t.Error(reason) })
	if !f.NeedsFacts() || !f.Match(e) {
		t.Error("what is not known is not empty")
	}
}

// BenchmarkMatch has filters choose among the entries of a full journal.
func BenchmarkMatch(b *testing.B) {
	for _, source := range []string{
		`cmd == "SYN"`, `cmd == "PSH" && stream == 3 && len > 1000`, `injected || absorbed`,
		`target contains "bank"`, `diag != []`, `text contains "x"`,
	} {
		f, err := filter.Compile(source)
		if err != nil {
			b.Fatal(err)
		}
		j := recorded(b, journal.Limits{Entries: 65_536, Facts: f.NeedsFacts()})
		f.Over(j)
		for n := range 66_000 {
			record(b, j, 8, s2c, session.Fate{}, protocol.Frame{Command: protocol.PSH, Stream: uint32(1 + n%2), Data: make([]byte, 64)})
		}
		b.Run(source, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				chosen(j, f)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*65_536), "ns/entry")
		})
	}
}
