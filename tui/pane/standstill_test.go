package pane

import (
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

func at(seconds int) time.Time { return time.Date(2026, 1, 2, 15, 4, seconds, 0, time.UTC) }

// debts are what the peers of a session owe: a SYNACK since long ago, and an answer since
// a moment ago.
func debts() []session.Obligation {
	return []session.Obligation{
		{What: session.OwesSYNACK, By: protocol.Server, Stream: 3, Since: at(8), Count: 1},
		{What: session.OwesHeartResponse, By: protocol.Server, Since: at(19), Count: 4},
	}
}

func scene() *Scene { return &Scene{Styles: new(cell.Styles), Now: at(20)} }

// TestStates: the state of a session is what is worst of what does not go on, and the note
// says who, what and for how long. What a peer that is well pays in time is no such thing.
func TestStates(t *testing.T) {
	blocked := protocol.ByDirection[session.Blocked]{
		protocol.ServerToClient: {Dir: protocol.ServerToClient, Since: at(18), Bytes: 100},
		protocol.ClientToServer: {Dir: protocol.ClientToServer, Since: at(11), Bytes: 2_412_345},
	}
	for _, tt := range []struct {
		name        string
		row         journal.SessionRow
		state, note string
	}{
		{"nothing owed", journal.SessionRow{}, "● idle", ""},
		{"owed for a while", journal.SessionRow{Owed: debts()}, "◔ waiting", "12s: server owes SYNACK of stream 3"},
		{"owed since a moment ago", journal.SessionRow{Owed: debts()[1:]}, "● idle", ""},
		{
			"several of a kind",
			journal.SessionRow{Owed: []session.Obligation{{What: session.OwesHeartResponse, By: protocol.Client, Since: at(10), Count: 32}}},
			"◔ waiting", "10s: client owes 32 × HeartResponse",
		},
		{
			"an end",
			journal.SessionRow{Owed: []session.Obligation{{What: session.OwesEnd, By: protocol.Server, Since: at(1), Count: 1}}},
			"◔ waiting", "19s: server owes the session's end",
		},
		{
			"reading, told by what is blocked",
			journal.SessionRow{Owed: []session.Obligation{{What: session.OwesReading, By: protocol.Server, Since: at(1)}}},
			"● idle", "",
		},
		{"blocked", journal.SessionRow{Owed: debts(), State: session.State{Blocked: blocked}}, "■ blocked", "9s: server reads nothing; 2.4M wait"},
		{"closed", journal.SessionRow{Closed: true, Owed: debts(), State: session.State{Blocked: blocked}}, "○ ended", "by client"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := scene()
			tt.row.State.Phase, tt.row.TLS = session.Ready, &capture.TLS{}
			sign, word, _ := phase(s, &s.Styles.Row, &tt.row)
			if got := sign + " " + word; got != tt.state || cell.Width(got) > 9 {
				t.Errorf("state %q, want %q", got, tt.state)
			}
			if text, _ := mostWorth(s, &s.Styles.Row, &tt.row); text.in(mostNote) != tt.note || cell.Width(tt.note) > mostNote {
				t.Errorf("note %q, want %q", text, tt.note)
			}
		})
	}
}

// TestStandstillInDetail: the detail says what does not go on, since when and why, and names
// the oldest debts.
func TestStandstillInDetail(t *testing.T) {
	reading := session.Obligation{What: session.OwesReading, By: protocol.Server, Stream: 3, Since: at(11), Count: 1}
	d := &journal.SessionDetail{SessionRow: journal.SessionRow{Owed: append(debts(), reading)}}
	d.State.Blocked[protocol.ClientToServer] = session.Blocked{Since: at(11), Bytes: 2_412_345, Text: "inside a PSH of stream 3"}
	d.State.Waits[protocol.Server] = session.HeartbeatWaiting{Since: at(12), Why: "the server takes no byte"}
	text := func() string {
		var lines []string
		for _, f := range standstillFields(scene(), d) {
			lines = append(lines, f.label+"|"+f.value)
		}
		return strings.Join(lines, "\n")
	}
	want := `blocked|toward server since 15:04:11, 9s: 2,412,345 bytes wait, inside a PSH of stream 3
heartbeats|toward server wait since 15:04:12, 8s: the server takes no byte
owed|SYNACK of stream 3 by the server for 12s
|4 × HeartResponse by the server for 1s`
	if got := text(); got != want {
		t.Errorf("fields\n%s\nwant\n%s", got, want)
	}
	d.Closed, d.ClosedAt = true, at(19)
	want = `blocked|toward server since 15:04:11, 8s: 2,412,345 bytes waited when it ended, inside a PSH of stream 3
owed at its end|SYNACK of stream 3 by the server for 11s
|4 × HeartResponse by the server for 0s`
	if got := text(); got != want {
		t.Errorf("closed: fields\n%s\nwant\n%s", got, want)
	}
	d = new(journal.SessionDetail)
	if got := text(); got != "" {
		t.Errorf("all goes on: fields\n%s", got)
	}
	for range 20 {
		d.Owed = append(d.Owed, debts()[0])
	}
	if got := text(); strings.Count(got, "\n") != mostDebts || !strings.HasSuffix(got, "\n|and 12 more") {
		t.Errorf("twenty debts: fields\n%s", got)
	}
}

// TestStreamStandsStill: the row of a stream says what is owed on it, or that its bytes
// don't move; the rows of other streams don't.
func TestStreamStandsStill(t *testing.T) {
	s := scene()
	s.Session = new(journal.SessionDetail)
	p := &Streams{answer: journal.Streams{Owed: debts()}}
	for id, want := range map[uint32]string{3: "12s: server owes SYNACK", 4: "", 0: ""} {
		if got := p.standsStill(s, &session.Stream{ID: id}).in(40); got != want {
			t.Errorf("stream %d: %q, want %q", id, got, want)
		}
	}
	s.Session.State.Blocked[protocol.ServerToClient] = session.Blocked{Dir: protocol.ServerToClient, Stream: 3, Since: at(15)}
	for id, want := range map[uint32]string{3: "5s: client reads nothing", 4: ""} {
		if got := p.standsStill(s, &session.Stream{ID: id}).in(40); got != want {
			t.Errorf("blocked, stream %d: %q, want %q", id, got, want)
		}
	}
	s.Session.Closed = true
	if got := p.standsStill(s, &session.Stream{ID: 3}); got != nil {
		t.Errorf("closed: %q", got)
	}
}

// TestAcceptedPassword: the detail shows a diagnostic as severe as it was, not as those of
// its code are. A password that the relay does not know is no harm where the server took it.
func TestAcceptedPassword(t *testing.T) {
	s := scene()
	d := &journal.SessionDetail{
		Codes: map[session.Code]uint64{session.CodePasswordMismatch: 1},
		Worst: map[session.Code]session.Severity{session.CodePasswordMismatch: session.Note},
	}
	fields := sessionFields(s, d)
	if got := fields[len(fields)-1].value; got != "• password-mismatch" {
		t.Errorf("the detail says %q", got)
	}
}
