package session_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A recording is what a real server and a real client said, of one or more sessions. Its names
// are NAME-VERSION.
type recording struct {
	peers protocol.ByPeer[string]
	text  string
}

// recordings returns all that are in testdata/looks.
func recordings(t testing.TB) (all []recording) {
	t.Helper()
	files, err := filepath.Glob("testdata/looks/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d recordings: %v", len(files), err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		server := strings.TrimSuffix(filepath.Base(file), ".txtar")
		for _, part := range a.Files {
			if !strings.HasSuffix(part.Name, wantSuffix) {
				all = append(all, recording{protocol.ByPeer[string]{protocol.Server: server, protocol.Client: part.Name}, string(part.Data)})
			}
		}
	}
	return all
}

// looks returns what all sessions of a recording show of the peers.
func (r *recording) looks(t testing.TB, how feeding) (looks protocol.ByPeer[session.Looks]) {
	t.Helper()
	s, err := parseScript(r.text)
	if err != nil {
		t.Fatalf("%v: %v", r.peers, err)
	}
	for _, v := range play(s, how).views {
		for peer := range looks {
			looks[peer] = looks[peer].Plus(v.tracker.State().Looks[peer])
		}
	}
	return looks
}

// TestRecordingsAreGuessed holds what each session of real programs is guessed to be to what
// stands beside it, and that no guess names another program.
func TestRecordingsAreGuessed(t *testing.T) {
	files, err := filepath.Glob("testdata/looks/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	holdScripts(t, files, func(s playedScript) string {
		var text strings.Builder
		for _, v := range play(s, feeding{}).views {
			st := v.tracker.State()
			fmt.Fprintf(&text, "session %d, %s:\n", v.n, st.Client)
			for _, peer := range [...]protocol.Peer{protocol.Client, protocol.Server} {
				fmt.Fprintf(&text, "  %v %s\n", peer, orNothing(st.Looks[peer].Guess(peer).Because()))
			}
		}
		return text.String()
	})
}

func orNothing(text string) string {
	if text == "" {
		return "may be any"
	}
	return text
}

// isOf tells whether a guess names the program of a recording.
func isOf(g session.Guess, program string) bool {
	return slices.ContainsFunc(g.Names, func(name string) bool {
		return strings.HasPrefix(program, strings.ReplaceAll(name, " ", "-"))
	})
}

// TestGuessesAreRight holds that no recording is guessed as of another program than it is of,
// and that each program is guessed from each recording in which it did enough.
func TestGuessesAreRight(t *testing.T) {
	guessed := make(map[string]int)
	for _, r := range recordings(t) {
		looks := r.looks(t, feeding{})
		for peer, program := range r.peers {
			g := looks[peer].Guess(protocol.Peer(peer))
			switch {
			case g.Sure == session.NoGuess:
			case !isOf(g, program):
				t.Errorf("%v: the %v %s", r.peers, protocol.Peer(peer), g.Because())
			default:
				guessed[fmt.Sprintf("%v %s", protocol.Peer(peer), program)]++
			}
		}
	}
	// In how many recordings each did enough. Go servers close on anytls-rs's client before they say a
	// word, and a server of mihomo's refuses nothing: it says SYNACK before it connects.
	for program, least := range map[string]protocol.ByPeer[int]{
		"sing-box-1.14.1":    {protocol.Server: 2, protocol.Client: 2},
		"sing-box-1.13.5":    {protocol.Server: 4, protocol.Client: 6},
		"sing-box-1.12.8":    {protocol.Server: 4, protocol.Client: 5},
		"sing-anytls-0.0.11": {protocol.Server: 4, protocol.Client: 5},
		"mihomo-1.19.17":     {protocol.Server: 0, protocol.Client: 4},
		"anytls-rs-0.5.4":    {protocol.Server: 5, protocol.Client: 6},
		"anytls-rs-0.3.0":    {protocol.Server: 2, protocol.Client: 2},
		"anytls-0.3.17":      {protocol.Server: 8, protocol.Client: 6},
	} {
		for peer, least := range least {
			if n := guessed[fmt.Sprintf("%v %s", protocol.Peer(peer), program)]; n < least {
				t.Errorf("the %v %s is guessed from %d recordings, of at least %d", protocol.Peer(peer), program, n, least)
			}
		}
	}
}
