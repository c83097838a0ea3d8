package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"anytls-inspect/capture/guide/known"
	"anytls-inspect/capture/guide/process"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
)

// testTable has an implementation of everything, one program that is both ends, and one with little.
func testTable() *known.Table {
	command := func(words ...string) process.Command { return process.Command{Words: words} }
	return &known.Table{Implementations: []known.Implementation{
		{
			Name: "full", Author: "somebody", Language: "Rust", Source: "https://example.com/full", Tried: []string{"1", "0.9"},
			Server: &known.Role{Programs: []string{"full-server", "fulls"}, Command: command("full-server", "-l", "{listen}", "-p", "it's {password}")},
			Client: &known.Role{Programs: []string{"full-client"}, Command: process.Command{
				Words: []string{"full-client", "-c", "{config}"}, Env: []string{"A=b"}, Config: "{\n  \"at\": \"{socks}\"\n}\n", ConfigName: "c.json",
			}},
			Log:    process.Patterns{Received: `\bgot it\b`, Harmless: "^hum"},
			Habits: []report.Habit{{Peer: "client", English: "It never ends.", Chinese: "不结束。"}, {English: "It is slow."}},
		},
		{
			Name: "一个", Language: "Go",
			Server: &known.Role{Programs: []string{"one"}, Command: command("one", "{listen}")},
			Client: &known.Role{Programs: []string{"one"}, Command: command("one", "{socks}")},
		},
		{Name: "half", Client: &known.Role{Programs: []string{"half"}, Command: command("half", "{socks}")}},
	}}
}

// locateSome finds all but half, and of full the server alone.
func locateSome(_ context.Context, i *known.Implementation, end protocol.Peer, _ string) (known.Program, error) {
	switch {
	case i.Name == "full" && end == protocol.Server:
		return known.Program{Path: "/opt/full-server", Version: "0.9"}, nil
	case i.Name == "full":
		return known.Program{}, fmt.Errorf("full: %w", &known.MissingError{Why: "/opt/full-client says that it is another", How: "name its own"})
	case i.Name == "一个":
		return known.Program{Path: "/opt/one\x1b"}, nil
	}
	return known.Program{}, errors.New("none is there")
}

func testListing(t *testing.T) listing {
	t.Helper()
	table := testTable()
	var chosen []*known.Implementation
	for i := range table.Implementations {
		chosen = append(chosen, &table.Implementations[i])
	}
	return listingOf(t.Context(), chosen, locateSome)
}

// TestGuideListOverview: each implementation and each of its programs has a line, in columns.
func TestGuideListOverview(t *testing.T) {
	list := testListing(t)
	holds(t, "the list", string(list.overview()), `full  Rust  tried: 1, 0.9
  server  0.9  /opt/full-server
  client  not found: /opt/full-client says that it is another
一个  Go    untested
  both    –    /opt/one\x1b
half        untested
  client  not found: none is there
`)
}

// TestGuideListDetails: all that is known of one is there, as it is written for a shell, or in a file.
func TestGuideListDetails(t *testing.T) {
	list := testListing(t)
	list.Implementations = list.Implementations[:1]
	holds(t, "the details", string(list.details()), `full (Rust), by somebody
  source  https://example.com/full
  tried   1, 0.9

server
  found    /opt/full-server
  version  0.9
  command  full-server -l {listen} -p 'it'\''s {password}'

client
  found    no: /opt/full-client says that it is another; name its own
  command  full-client -c {config}
  env      A=b
  {config} is made of
    {
      "at": "{socks}"
    }

log, by regular expressions
  HeartRequest received   \bgot it\b
  HeartResponse sent      as most programs say it
  HeartResponse received  as most programs say it
  errors and warnings     as most programs say it
  but for                 ^hum

habits
  client: It never ends.
  both: It is slow.
`)
}

// TestGuideListJSON: programs read the same.
func TestGuideListJSON(t *testing.T) {
	list := testListing(t)
	var got listing
	if err := json.Unmarshal(list.json(), &got); err != nil {
		t.Fatal(err)
	}
	holds(t, "the list", got, list)
}

// TestGuideListEnds: a program that never says what it is does not hold up the list for longer than
// it waits.
func TestGuideListEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	table := testTable()
	one := []*known.Implementation{&table.Implementations[0]}
	list := listingOf(ctx, one, func(ctx context.Context, _ *known.Implementation, _ protocol.Peer, _ string) (known.Program, error) {
		<-ctx.Done()
		return known.Program{}, ctx.Err()
	})
	holds(t, "why none is found", list.Implementations[0].Server.Missing, context.Canceled.Error())
}
