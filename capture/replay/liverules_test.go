package replay_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/peer"
	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A teller is an end that says what is drawn, cut into records as it is drawn, and waits for
// nothing: a rule may do anything with it.
type teller struct {
	conn *tls.Conn
	rng  *rand.Rand
	dir  protocol.Direction
}

// tells sends the words that open a session, and some frames.
func (c *teller) tells(first []byte, turns int) error {
	b := first
	for turn := range turns + 1 {
		for i := 0; turn > 0 && i < 1+c.rng.IntN(5); i++ {
			b = c.frame(b)
		}
		for len(b) > 0 {
			n := min(len(b), 1+c.rng.IntN([...]int{5, 50, 3000, 40_000}[c.rng.IntN(4)]))
			if _, err := c.conn.Write(b[:n]); err != nil {
				return err
			}
			b = b[n:]
		}
	}
	return nil
}

// frame appends a frame.
func (c *teller) frame(b []byte) []byte {
	stream := uint32(1 + c.rng.IntN(4))
	command, size := protocol.PSH, c.rng.IntN([...]int{10, 1000, 30_000}[c.rng.IntN(3)])
	switch c.rng.IntN(8) {
	case 0:
		command, stream, size = protocol.HeartRequest, 0, 0
	case 1:
		command, stream, size = protocol.HeartResponse, 0, 0
	case 2:
		command, stream, size = protocol.Waste, 0, c.rng.IntN(300)
	case 3:
		command, size = [...]protocol.Command{protocol.SYN, protocol.SYNACK}[c.dir], 0
	case 4:
		command, size = protocol.FIN, 0
	}
	b, _ = protocol.AppendFrame(b, command, stream, bytes.Repeat([]byte{0xee}, size)) // which looks like no frames
	return b
}

// bookOf returns the book of some rules, one a line.
func bookOf(t *testing.T, rules string, seed uint64) *rule.Book {
	t.Helper()
	list := make([]*rule.Rule, 0)
	for line := range strings.Lines(rules) {
		r, err := rule.Parse(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	book, err := rule.NewBook(list, seed)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// serverHello returns the first words of a server.
func serverHello() []byte {
	b, _ := protocol.AppendFrame(nil, protocol.ServerSettings, 0, []byte("v=2"))
	return b
}

// toldUnder relays what two tellers say under rules, while it is recorded, and returns what
// was seen. The connection may be cut meanwhile. A quiet server says no more than that it is
// one, and the client waits for that. Where its client's connection is cut, and not its own, it ends
// once the client is gone, of which it does not learn otherwise.
func toldUnder(t *testing.T, rules string, seed uint64, turns int, quiet bool, file string) *journal.Journal {
	t.Helper()
	book := bookOf(t, rules, seed)
	gone := make(chan struct{})
	serve := func(_ context.Context, ln net.Listener, cfg peer.ServerConfig) error {
		raw, err := ln.Accept()
		if err != nil {
			return err
		}
		c := teller{tls.Server(raw, cfg.TLS), rand.New(rand.NewPCG(seed, 1)), protocol.ServerToClient}
		var heard sync.WaitGroup
		heard.Go(func() { _, _ = io.Copy(io.Discard, c.conn) }) // a rule may cut the connection
		if quiet {
			_ = c.tells(serverHello(), 0)
		} else {
			_ = c.tells(serverHello(), turns)
		}
		if strings.HasPrefix(rules, "cut") && strings.Contains(rules, " toward client ") {
			<-gone
			_ = c.conn.CloseWrite()
			_ = raw.(*net.TCPConn).CloseWrite()
		}
		heard.Wait()
		_ = c.conn.Close()
		return nil
	}
	return relayedUnder(t, book, usual(), file, pcapng.Options{}, serve, func(ctx context.Context, _ *capture.Registry, _ *journal.Journal, cfg peer.ClientConfig) {
		raw, err := (&tls.Dialer{Config: cfg.TLS}).DialContext(ctx, "tcp", cfg.Address)
		if err != nil {
			t.Fatal(err)
		}
		c := teller{raw.(*tls.Conn), rand.New(rand.NewPCG(seed, 2)), protocol.ClientToServer}
		if deadline, ok := ctx.Deadline(); ok {
			_ = c.conn.SetDeadline(deadline)
		}
		preamble := protocol.Preamble{Hash: protocol.HashPassword(cfg.Password), Padding: 30}.Append(nil)
		settings, _ := protocol.AppendFrame(nil, protocol.Settings, 0, []byte("v=2\nclient=test/1"))
		first := append(preamble, settings...)
		if quiet { // what the relay had not written when it cut the connection, no leg has
			if _, err := c.conn.Write(first); err != nil {
				t.Error(err)
			}
			first = nil
			if _, err := io.ReadFull(c.conn, make([]byte, len(serverHello()))); err != nil {
				t.Error(err)
			}
		}
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = io.Copy(io.Discard, c.conn) })
		err = c.tells(first, turns)
		err = errors.Join(err, c.conn.CloseWrite())
		wg.Wait()
		_ = err // a rule may have cut the connection
		_ = c.conn.Close()
		close(gone)
	})
}

// TestLiveAndReplayAgreeUnderRules: what each action did with the frames is told by a recording
// as the relay told it.
func TestLiveAndReplayAgreeUnderRules(t *testing.T) {
	t.Parallel()
	for name, rules := range map[string]string{
		"delay":                        `delay 20ms where cmd == "SYN" || cmd == "SYNACK"`,
		"delay all":                    `delay all 5ms every 3 where cmd == "PSH"`,
		"delay the answers":            `delay 20ms where cmd == "HeartResponse"`,
		"hold":                         `hold 30ms where stream == 2`,
		"hold to the end":              `hold where stream == 3`,
		"drop":                         `drop every 2 where cmd == "PSH"`,
		"drop the settings":            `drop where cmd == "Settings" || cmd == "ServerSettings"`,
		"duplicate":                    `duplicate every 3 where cmd != "Waste"`,
		"replace":                      `replace data "other" every 2 where cmd == "PSH"`,
		"corrupt":                      `corrupt every 5 where cmd == "PSH"`,
		"insert":                       `insert HeartRequest 7 "x" where cmd == "FIN"`,
		"insert the other":             `insert HeartRequest toward client where cmd == "FIN" && dir == "c2s"`,
		"split the preamble":           `split 32,2 where preamble`,
		"join the preamble":            `join where preamble`,
		"drop the preamble":            `drop where preamble`,
		"hold the preamble":            `delay 10ms where preamble`,
		"replace the preamble":         `corrupt where preamble`,
		"split":                        `split 1,100 where cmd == "PSH"`,
		"join":                         `join where cmd == "PSH"`,
		"throttle":                     `throttle 4MiB/s where dir == "s2c"`,
		"stall":                        `stall 10ms once where cmd == "FIN"`,
		"cut, close_notify":            `cut close_notify where cmd == "FIN"`,
		"cut, fin":                     `cut fin where cmd == "FIN"`,
		"cut":                          `cut reset where cmd == "FIN"`,
		"cut toward the client":        `cut reset toward client where cmd == "FIN"`,
		"cut toward the client, fin":   `cut fin toward client where cmd == "FIN"`,
		"cut toward the server":        `cut reset toward server where cmd == "FIN"`,
		"cut toward the server, close": `cut close_notify toward server where cmd == "FIN"`,
		"look at the text":             `drop every 3 where cmd == "PSH" && text != ""`,
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "rec.pcapng")
			live := toldUnder(t, rules, 1, 15, strings.HasPrefix(name, "cut"), file)
			agreeUnder(t, live, file)
			if journal.Look(live, journal.AskSummary{}).Applied == 0 {
				t.Error("the rule was never applied")
			}
		})
	}
}

// agreeUnder holds a replay to what was seen live under rules. Of what depends on how the two
// directions stand to one another, nothing: the tellers know nothing of each other.
func agreeUnder(t *testing.T, live *journal.Journal, file string) {
	t.Helper()
	again := replayed(t, file)
	want, got := oneWay(timeless(live)), oneWay(timeless(again))
	want.Heartbeats, got.Heartbeats = protocol.ByPeer[heartbeatSight]{}, protocol.ByPeer[heartbeatSight]{}
	agree(t, want, got)
	if diff := cmp.Diff(journal.Look(live, journal.AskRules{}), journal.Look(again, journal.AskRules{})); diff != "" {
		t.Errorf("how often rules were applied, live and replayed, differs (-live +replayed):\n%s", diff)
	}
	for dir := range want.Frames {
		if diff := cmp.Diff(applications(t, live, protocol.Direction(dir)), applications(t, again, protocol.Direction(dir))); diff != "" {
			t.Errorf("what rules did live and replayed differs (-live +replayed):\n%s", diff)
		}
	}
	for _, leg := range []capture.Leg{capture.ClientLeg, capture.ServerLeg} {
		one, toward := oneWay(timeless(replayedLeg(t, file, leg))), leg.Peer().Toward()
		written := framesOf(one, toward)
		if lacksPreamble(written) { // the frames behind it are found where a record begins
			continue
		}
		if diff := cmp.Diff(want.Frames[toward], written); diff != "" {
			t.Errorf("what the %v got, live and on its leg alone, differs (-live +leg):\n%s", leg.Peer(), diff)
		}
		sent := slices.DeleteFunc(framesOf(want, toward.Reverse()), func(f frameSight) bool { return f.Made() })
		if came := framesOf(one, toward.Reverse()); len(came) != len(sent) {
			t.Errorf("of the %d frames of the %v its leg alone has %d", len(sent), leg.Peer(), len(came))
		}
	}
}

// lacksPreamble tells whether the server got no preamble of the client's.
func lacksPreamble(written []frameSight) bool {
	return !slices.ContainsFunc(written, func(f frameSight) bool { return f.Preamble || f.Header.Command == protocol.ServerSettings })
}

// framesOf returns all frames of a direction: those that the relay kept are the last.
func framesOf(s sight, dir protocol.Direction) []frameSight {
	frames := slices.Clone(s.Frames[dir])
	for _, k := range s.Kept[dir] {
		frames = append(frames, k.Frame)
	}
	return frames
}

// applications returns what rules did in one direction.
func applications(t *testing.T, j *journal.Journal, dir protocol.Direction) (list []session.Application) {
	t.Helper()
	for _, n := range notices(t, j) {
		if a, ok := n.(session.Application); ok && a.Dir == dir {
			list = append(list, a)
		}
	}
	return list
}

// randomRules returns some rules, of any action but cut.
func randomRules(rng *rand.Rand) string {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	var rules []string
	for range 1 + rng.IntN(4) {
		action := pick("delay 5ms", "delay 20ms", "delay all 3ms", "hold 10ms", "hold all 10ms", "throttle 8MiB/s", "drop", "duplicate",
			`replace data "other"`, "replace stream 3", "corrupt", `insert HeartRequest 7 "x"`, "insert HeartRequest toward client", "insert behind Waste",
			"split 1,5,100", "split 3000", "join", "stall 3ms")
		when := pick("", "", " once", " times 3", " every 3", " with 0.3")
		where := pick(`cmd == "PSH"`, `cmd == "PSH" && len > 1000`, "stream == 2", "stream > 1", `cmd == "HeartRequest"`, `cmd == "HeartResponse"`,
			`cmd == "FIN"`, `cmd == "SYN" || cmd == "SYNACK"`, `dir == "c2s"`, `dir == "s2c"`, "preamble", `cmd == "Settings" || cmd == "ServerSettings"`,
			`text contains "other"`, "true")
		rules = append(rules, action+when+" where "+where)
	}
	return strings.Join(rules, "\n")
}

// TestLiveAndReplayAgreeUnderRandomRules: the same of any rules together.
func TestLiveAndReplayAgreeUnderRandomRules(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		rules := randomRules(rand.New(rand.NewPCG(seed, 7)))
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "rec.pcapng")
			live := toldUnder(t, rules, seed, 10, false, file)
			if agreeUnder(t, live, file); t.Failed() {
				t.Logf("under\n%s", rules)
			}
		})
	}
}
