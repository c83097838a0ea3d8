package interop

import (
	"strings"
	"testing"

	"anytls-inspect/capture/report"
)

func TestJudge(t *testing.T) {
	pair := func(server, client string) Pair { return Pair{FindPeer(server), FindPeer(client)} }
	fine, broken := Traffic{Requests: 210}, Traffic{Requests: 210, Failed: 210}
	tests := []struct {
		name            string
		pair            Pair
		direct, relayed Traffic
		raised          string // code of the only diagnostic
		want            string // part of the only problem; "": none
	}{
		{"works", pair("sing-box", "sing-box"), fine, fine, "", ""},
		{"nothing sent", pair("sing-box", "sing-box"), Traffic{}, Traffic{}, "", "fails by itself"},
		{"relay breaks", pair("sing-box", "sing-box"), fine, broken, "", "works into one that fails"},
		{"breaks by itself", pair("sing-box", "sing-box"), broken, broken, "", "fails by itself, and is not known to"},
		{"always fails", pair("sing-box", "anytls-rs"), broken, broken, "auth-split", ""},
		{"always fails, another server", pair("sing-anytls", "anytls-rs"), broken, broken, "auth-split", ""},
		{"always fails, unexplained", pair("sing-box", "anytls-rs"), broken, broken, "alert", "does not raise auth-split"},
		{"repaired", pair("sing-box", "anytls-rs"), fine, fine, "", "take it off the list"},
		{"relay repairs", pair("sing-box", "anytls-rs"), broken, fine, "", "fails into one that works"},
		{"sometimes, but not now", pair("anytls", "anytls-rs"), fine, fine, "", ""},
		{"sometimes, past the relay", pair("anytls", "anytls-rs"), broken, fine, "", ""},
		{"sometimes, through the relay", pair("anytls", "anytls-rs"), fine, broken, "syn-before-settings", ""},
		{"sometimes, unexplained", pair("anytls", "anytls-rs"), broken, broken, "alert", "does not raise syn-before-settings or synack-late"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			diagnostics := map[string]report.Diagnostic{tt.raised: {Severity: "error", Count: 1}}
			got := strings.Join(tt.pair.Judge(tt.direct, tt.relayed, diagnostics), "\n")
			if (got != "") != (tt.want != "") || !strings.Contains(got, tt.want) {
				t.Errorf("problems are %q, want one that says %q", got, tt.want)
			}
		})
	}
}

// At most one entry of known is about a pair, and every entry is about a pair.
func TestKnown(t *testing.T) {
	used := make(map[int]bool)
	for _, p := range Pairs() {
		n := 0
		for i, k := range knownPairs {
			if (k.Server == p.Server.Language || k.Server == p.Server.Name) && k.Client == p.Client.Name {
				used[i] = true
				n++
			}
		}
		if n > 1 {
			t.Errorf("of %v %d things are known", p, n)
		}
	}
	for i, k := range knownPairs {
		if !used[i] {
			t.Errorf("what is known of %s and %s is about no pair", k.Server, k.Client)
		}
		if k.Fails != Never && len(k.Reasons) == 0 {
			t.Errorf("%s and %s fail without a reason", k.Server, k.Client)
		}
	}
}
