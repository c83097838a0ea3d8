package main

import (
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture/report"
)

// TestBuilds: what tells paths apart is where they differ, and else their order.
func TestBuilds(t *testing.T) {
	for _, test := range []struct{ paths, want string }{
		{"/src/old/bin/s /src/new/bin/s", "old new"},
		{"/a/x/s /b/x/s /a/y/s", "a/x b/x a/y"},
		{"/bin/s /usr/local/bin/s", "bin usr/local/bin"},
		{"/opt/s /opt/s", "#1 #2"},
		{"/opt/s PATH", "opt/s PATH"},
		{"/opt/s1 /opt/s2", "s1 s2"},
		{"/opt/\x1b[31m/s /opt/b/s", "#1 #2"},
		{"/opt/(a),/s /opt/b/s", "#1 #2"},
		{"/opt/" + strings.Repeat("long", 20) + "/s /opt/b/s", "#1 #2"},
	} {
		if got := strings.Join(buildsOf(strings.Fields(test.paths)), " "); got != test.want {
			t.Errorf("%q: %q, want %q", test.paths, got, test.want)
		}
	}
}

// TestTwoBuildsAreTwoPairs: two builds of one version are never taken for one, neither by a report nor
// by the folders.
func TestTwoBuildsAreTwoPairs(t *testing.T) {
	environment(t, "", "")
	cfg, err := guideConfigOf(t, false, "--server", "anytls-rs=/src/old/s", "--server", "anytls-rs=/src/new/s", "--client-cmd", "x {server} {socks} {password}")
	if err != nil {
		t.Fatal(err)
	}
	var whole report.Report
	for i := range cfg.pairs {
		whole.Scenarios = append(whole.Scenarios, report.Scenario{Kind: report.Pair, Server: cfg.pairs[i].Server.Peer, Client: cfg.pairs[i].Client.Peer})
	}
	if pairs := whole.Pairs(); len(pairs) != 2 || pairs[0].Server.String() != "anytls-rs 1 (old)" || pairs[1].Server.String() != "anytls-rs 1 (new)" {
		t.Errorf("%+v", pairs)
	}
	if names := pairFolders(cfg.pairs); !slices.Equal(names, []string{"anytls-rs_1__old_--x", "anytls-rs_1__new_--x"}) {
		t.Errorf("%q", names)
	}
}
