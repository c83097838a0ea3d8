package report_test

import (
	"fmt"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// The reports of runs of the guide on several pairs.

const endedEarly = "the run was ended"

func rustPeer() report.Peer {
	return report.Peer{Name: "anytls-rs", Version: "0.5.4", Language: "rust"}
}

func goPeer() report.Peer { return report.Peer{Name: "sing-box", Version: "1.13.5", Language: "go"} }

// habits returns what is known of the peers: of anytls-rs as a client, and as a server, and of
// sing-box as a client.
func habits(server, client string) (list []report.Habit) {
	if client == "anytls-rs" {
		list = append(list,
			report.Habit{Peer: "client", English: "it writes the preamble in three records, which Go servers refuse.", Chinese: "认证前导分三个记录写出，Go 服务器会拒绝。", Codes: []string{"auth-split", "rejected"}},
			report.Habit{Peer: "client", English: "it never sends FIN", Chinese: "从不发送 FIN"},
		)
	}
	if server == "anytls-rs" {
		list = append(list, report.Habit{Peer: "server", English: "UDP over TCP is answered for one form of requests only", Codes: []string{"datagrams-failed"}})
	}
	if client == "sing-box" {
		list = append(list, report.Habit{Peer: "client", English: "a session without an answer to a SYN within 3 s is closed, with all of its streams", Codes: []string{"synack-late"}})
	}
	return list
}

// between returns parts of a run as those of other peers.
func between(parts []report.Scenario, server, client report.Peer) []report.Scenario {
	for i := range parts {
		s := &parts[i]
		s.Server, s.Client, s.Habits = server, client, habits(server.Name, client.Name)
		if i == 0 {
			s.Kind = report.Pair
			switch {
			case server.Language == "rust" && client.Language == "go":
				s.Kind = report.RustServerGoClient
			case server.Language == "go" && client.Language == "rust":
				s.Kind = report.GoServerRustClient
			}
		}
	}
	return parts
}

// leftOut returns the parts of a pair that were not run, since the run was ended before.
func leftOut() []report.Scenario {
	parts := missing()
	parts[0].Failure = ""
	for i := range parts {
		skip(parts[i].Steps, 0, endedEarly)
	}
	return parts
}

// paired returns a run on two servers and two clients: a pair that passes, one of which one is an
// implementation that nobody tries, one whose client splits its preamble, and one that was not run.
func paired() (all []report.Scenario) {
	untried := report.Peer{Name: "own-client", Version: "2", Language: "zig", Untried: true}
	all = append(all, between(guided(), rustPeer(), rustPeer())...)
	all = append(all, between(broken(), rustPeer(), untried)...)
	all = append(all, between(splits(), goPeer(), rustPeer())...)
	return append(all, between(leftOut(), goPeer(), untried)...)
}

// quick returns a run on n servers and n clients in which nothing failed and not all was measured.
func quick(n int) (all []report.Scenario) {
	for i := range n {
		for j := range n {
			parts := guided()
			parts[2].Duration = ms(20_000)
			server, client := rustPeer(), goPeer()
			server.Version, client.Version = fmt.Sprintf("0.%d", i+1), fmt.Sprintf("1.%d", j+1)
			all = append(all, between(parts, server, client)...)
		}
	}
	return all
}

// warned adds a diagnostic without an incident.
func warned(s *report.Scenario, code session.Code, text string) {
	s.Diagnostics = append(s.Diagnostics, report.Diagnostic{Code: code, Count: 1, Severity: "warning", Text: text})
}
