package tui

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/pane"
)

// began is when every scripted run begins.
func began() time.Time { return time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC) }

// A script gives a journal the events of a run, at times that it sets itself.
type script struct {
	t  testing.TB
	j  *journal.Journal
	at time.Time
}

func newScript(t testing.TB, limits journal.Limits) *script {
	// The default limits take longer to allocate than most tests to run.
	limits.Entries, limits.Bytes = cmp.Or(limits.Entries, 1<<13), cmp.Or(limits.Bytes, 1<<20)
	return &script{
		t: t, at: began(),
		j: journal.New(limits, session.Config{Credentials: []session.Credential{{Hash: protocol.HashPassword("correct horse")}}, Fingerprints: protocol.FingerprintKey{1}}),
	}
}

// clock returns a clock that stands where the script does.
func (s *script) clock() time.Time { return s.at }

func (s *script) wait(d time.Duration) *script {
	s.at = s.at.Add(d)
	s.j.Tick(s.at)
	return s
}

func (s *script) listen(address string) *script {
	s.j.Record(&capture.Event{Kind: capture.Listening, At: s.at, Client: address})
	return s
}

func (s *script) open(id capture.SessionID, client string) *script {
	s.j.Record(&capture.Event{
		Kind: capture.Opened, Session: id, At: s.at, Client: client, Server: "203.0.113.7:443",
	})
	s.wait(12 * time.Millisecond)
	s.j.Record(&capture.Event{
		Kind: capture.Established, Session: id, At: s.at,
		TLS: &capture.TLS{Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", SNI: "example.com", ALPN: ""},
	})
	return s.wait(2 * time.Millisecond)
}

func (s *script) close(id capture.SessionID, by session.Closer, reason string) *script {
	s.j.Record(&capture.Event{Kind: capture.Closed, Session: id, At: s.at, By: by, Reason: reason})
	return s
}

// send records bytes, and lets a millisecond pass. How they were cut into TLS
// records stays unknown: no padding scheme has shaped them.
func (s *script) send(id capture.SessionID, dir protocol.Direction, fate session.Fate, parts ...[]byte) *script {
	var b []byte
	for _, part := range parts {
		b = append(b, part...)
	}
	s.j.Record(&capture.Event{
		Kind: capture.Data, Session: id, At: s.at, Dir: dir, Data: b, RecordsUnknown: true, Fate: fate,
	})
	return s.wait(time.Millisecond)
}

func (s *script) up(id capture.SessionID, parts ...[]byte) *script {
	return s.send(id, protocol.ClientToServer, session.Fate{}, parts...)
}

func (s *script) down(id capture.SessionID, parts ...[]byte) *script {
	return s.send(id, protocol.ServerToClient, session.Fate{}, parts...)
}

// beat records an injected heartbeat toward a peer, and its answer after d; none
// where d is 0.
func (s *script) beat(id capture.SessionID, toward protocol.Peer, d time.Duration) *script {
	dir := toward.Toward()
	s.j.Record(&capture.Event{
		Kind: capture.Data, Session: id, At: s.at, Dir: dir,
		Data: s.frame(protocol.HeartRequest, 0, ""), Fate: session.Fate{Kind: session.Injected},
	})
	if d == 0 {
		return s
	}
	s.wait(d)
	return s.send(id, dir.Reverse(), session.Fate{Kind: session.Absorbed}, s.frame(protocol.HeartResponse, 0, ""))
}

// own records a heartbeat of the client, answered after d.
func (s *script) own(id capture.SessionID, d time.Duration) *script {
	s.up(id, s.frame(protocol.HeartRequest, 0, ""))
	s.wait(d)
	return s.down(id, s.frame(protocol.HeartResponse, 0, ""))
}

func (s *script) frame(c protocol.Command, stream uint32, data string) []byte {
	s.t.Helper()
	b, err := protocol.AppendFrame(nil, c, stream, []byte(data))
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

func (s *script) preamble(password string) []byte {
	return protocol.Preamble{Hash: protocol.HashPassword(password), Padding: 30}.Append(nil)
}

func (s *script) target(host string, port uint16) string {
	s.t.Helper()
	b, err := protocol.AppendTarget(nil, protocol.Address{Host: host, Port: port})
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

// udp is the beginning of a stream that carries datagrams.
func (s *script) udp(host string, port uint16) string {
	s.t.Helper()
	b, err := protocol.UoTRequest{Destination: protocol.Address{Host: host, Port: port}}.Append(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.target(protocol.UoTHost, 0) + string(b)
}

const defaultMD5 = "75ce4a5ccb1afb2bc2b6eaf7ab6bbc2c"

// greet lets a session get ready: the client's first write, and the answer.
func (s *script) greet(id capture.SessionID, software, host string) *script {
	scheme, err := protocol.ParsePaddingScheme([]byte(protocol.DefaultPaddingScheme))
	if err != nil {
		s.t.Fatal(err)
	}
	s.up(id, s.preamble("correct horse"))
	s.up(id,
		s.frame(protocol.Settings, 0, "v=2\nclient="+software+"\npadding-md5="+scheme.MD5()),
		s.frame(protocol.SYN, 1, ""),
		s.frame(protocol.PSH, 1, s.target(host, 443)+strings.Repeat("\x16\x03\x01 hello ", 30)),
		s.frame(protocol.Waste, 0, strings.Repeat("\x00", 93)))
	s.wait(7 * time.Millisecond)
	return s.down(id, s.frame(protocol.ServerSettings, 0, "v=2"), s.frame(protocol.SYNACK, 1, ""))
}

// talk carries payload both ways on a stream.
func (s *script) talk(id capture.SessionID, stream uint32, up, down int) *script {
	s.up(id, s.frame(protocol.PSH, stream, strings.Repeat("GET /index.html HTTP/1.1\r\n", 1+up/26)[:up]))
	return s.down(id, s.frame(protocol.PSH, stream, strings.Repeat("<html>\x00\xff\x1b[31m</html>\n", 1+down/21)[:down]))
}

// story is a run in which about everything happens once.
func story(t testing.TB) *script {
	s := newScript(t, journal.Limits{})
	s.listen("127.0.0.1:9443").wait(40 * time.Millisecond)

	// A peer that is well.
	s.open(1, "192.0.2.10:51234").greet(1, "sing-box/1.12.8", "www.example.org")
	s.talk(1, 1, 700, 16_000).talk(1, 1, 120, 9_000)
	for _, ms := range []int{12, 14, 11, 13, 35, 18, 12, 11, 16, 13, 12, 24} {
		s.beat(1, protocol.Server, time.Duration(ms)*time.Millisecond)
	}
	s.own(1, 15*time.Millisecond).own(1, 17*time.Millisecond)

	// A name resolved over UDP, and a target that can't be reached.
	s.up(1, s.frame(protocol.SYN, 2, ""), s.frame(protocol.PSH, 2, s.udp("9.9.9.9", 53)+"\x00\x1dquery"))
	s.down(1, s.frame(protocol.SYNACK, 2, ""), s.frame(protocol.PSH, 2, "answer"))
	s.up(1, s.frame(protocol.SYN, 3, ""), s.frame(protocol.PSH, 3, s.target("db.internal", 5432)))
	s.wait(180 * time.Millisecond)
	s.down(1, s.frame(protocol.SYNACK, 3, "dial tcp 10.0.0.5:5432: connect: connection refused"))

	// Not AnyTLS: somebody's browser.
	s.open(2, "198.51.100.23:40112")
	s.up(2, []byte("GET / HTTP/1.1\r\nHost: example.com\r\nUser-Agent: curl/8.5.0\r\n\r\n"))
	s.down(2, []byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	s.wait(30*time.Millisecond).close(2, session.ClosedByServer, "")

	// Refused, with a text that means harm.
	s.open(3, "192.0.2.11:38820")
	s.up(3, s.preamble("wrong horse"))
	s.up(3, s.frame(protocol.Settings, 0, "v=2\nclient=evil\x1b[2J\x1b]0;owned\x07/1\u202e\npadding-md5="+defaultMD5))
	s.down(3, s.frame(protocol.Alert, 0, "no\x1b[31m such \u009b31m user: 用户不存在 \u202egnp.exe"))
	s.close(3, session.ClosedByServer, "server closed: connection reset by peer")

	// Version 1: heartbeats get no answer, and need none.
	s.open(4, "192.0.2.12:44001")
	s.up(4, s.preamble("correct horse"), s.frame(protocol.Settings, 0, "v=1\nclient=anytls/0.0.8\npadding-md5="+defaultMD5))
	s.beat(4, protocol.Server, 0)

	// One that stalls inside a frame, and does not answer in time.
	s.open(5, "[2001:db8::17]:60001").greet(5, "anytls-rs/0.3.0", "cdn.example.net")
	s.beat(5, protocol.Server, 21*time.Millisecond).beat(5, protocol.Client, 43*time.Millisecond)
	s.beat(5, protocol.Server, 0)
	s.wait(3100 * time.Millisecond)
	s.up(5, s.frame(99, 7, "extension"), s.frame(protocol.FIN, 9, ""))
	s.up(5, s.frame(protocol.SYN, 2, ""), s.frame(protocol.PSH, 2, s.target("例え.テスト", 443)+"x"))
	s.down(5, s.frame(protocol.UpdatePaddingScheme, 0, "stop=4\n0=30-30\n1=100-400\n2=c,400-500"))
	s.down(5, s.frame(protocol.SYNACK, 2, ""))
	long := s.frame(protocol.PSH, 2, strings.Repeat("0123456789abcdef", 1024))
	s.down(5, long[:6000])
	s.talk(1, 1, 60, 500).beat(1, protocol.Server, 12*time.Millisecond)
	s.up(1, s.frame(protocol.FIN, 2, ""))
	return s.wait(400 * time.Millisecond)
}

// fakeControl notes what is asked of it, and answers what it is told to.
type fakeControl struct {
	calls    []string
	outcome  capture.Outcome
	forced   capture.Outcome // of those that are told not to wait
	err      error
	waiting  map[capture.SessionID]pane.Queues
	held     []capture.Waiting // in each session, by rules
	periodic capture.Periodic
}

func (f *fakeControl) Inject(id capture.SessionID, in capture.Insert) (capture.Outcome, error) {
	force := in.When == capture.WhenPossible
	f.calls = append(f.calls, fmt.Sprintf("%d %v force=%v", id, in.Toward, force))
	if f.err != nil {
		return 0, f.err
	}
	switch {
	case force:
		delete(f.waiting, id)
		return f.forced, nil
	case f.outcome != capture.Written:
		q := f.waiting[id]
		q[in.Toward] = pane.Queue{N: q[in.Toward].N + 1, Why: f.outcome}
		f.waiting[id] = q
	}
	return f.outcome, nil
}

func (f *fakeControl) Waiting(id capture.SessionID) (waiting []capture.Waiting) {
	for p, q := range f.waiting[id] {
		for range q.N {
			waiting = append(waiting, capture.Waiting{Insert: capture.Insert{Toward: protocol.Peer(p)}, Why: q.Why})
		}
	}
	return append(waiting, f.held...)
}

func (f *fakeControl) Cancel(capture.SessionID, capture.Ticket) bool { return false }

func (f *fakeControl) Release(capture.SessionID, capture.Ticket) bool { return false }

func (f *fakeControl) Periodic() capture.Periodic     { return f.periodic }
func (f *fakeControl) SetPeriodic(p capture.Periodic) { f.periodic = p }
