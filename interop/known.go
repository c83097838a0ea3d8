package interop

import (
	"fmt"
	"slices"
	"strings"

	"anytls-inspect/capture/report"
)

// A Habit says how often a pair fails.
type Habit int

// The habits.
const (
	Never Habit = iota
	Sometimes
	Always
)

// A Known is what is known of pairs that fail, with the relay and without it.
type Known struct {
	Server string // a peer's name, or a language
	Client string // a peer's name
	Fails  Habit
	// Reasons are the diagnostics that say why. Where such a pair fails, the relay must
	// raise one of them. Others are the further errors that it may raise.
	Reasons []string
	Others  []string
	Why     Words
}

// Allowed returns all errors that the relay may raise.
func (k Known) Allowed() []string { return slices.Concat(k.Reasons, k.Others) }

// knownPairs lists the pairs that fail. In the races of the anytls-rs client, a HeartRequest of
// its own can get ahead of Settings as a SYN can (settings-missing). A run fails where
// another pair fails, where a pair works that always fails, and at an error that is not
// listed.
var knownPairs = []Known{
	{
		Server: goLang, Client: "anytls-rs", Fails: Always,
		Reasons: []string{"auth-split"},
		Others:  []string{"syn-before-settings", "settings-missing", "stream-id-not-increasing", "rejected"},
		Why: Words{
			"the client writes the preamble in three records; Go servers read once, take what comes for all of it, and close",
			"客户端把认证前导分三个记录写出；Go 服务器只读一次，把读到的当作全部，随即关闭连接",
		},
	},
	{
		Server: "anytls", Client: "anytls-rs", Fails: Sometimes,
		Reasons: []string{"syn-before-settings", "synack-late"},
		Others:  []string{"settings-missing", "stream-id-not-increasing", "alert", "auth-split"},
		Why: Words{
			"two requests at once race for a new session of the client: the SYN of stream 2 can get ahead of Settings, which the server refuses with an Alert",
			"两个并发请求争用客户端的新会话：流 2 的 SYN 可能先于 Settings 发出，服务器以 Alert 拒绝",
		},
	},
	{
		Server: "anytls-rs", Client: "anytls-rs", Fails: Sometimes,
		Reasons: []string{"synack-late"},
		Others:  []string{"syn-before-settings", "settings-missing", "stream-id-not-increasing", "auth-split"},
		Why: Words{
			"two requests at once race for a new session of the client: the SYN of stream 2 can get ahead of Settings; its own server takes that, but now and then never sends one of the two its SYNACK",
			"两个并发请求争用客户端的新会话：流 2 的 SYN 可能先于 Settings 发出；它自己的服务器接受，但偶尔始终不给其中一个流发 SYNACK",
		},
	},
}

// Known returns what is known of the pair. Most pairs never fail, and the relay raises no
// error.
func (p Pair) Known() Known {
	for _, k := range knownPairs {
		if (k.Server == p.Server.Language || k.Server == p.Server.Name) && k.Client == p.Client.Name {
			return k
		}
	}
	return Known{Fails: Never}
}

// Judge says what is wrong with the outcomes of the same traffic past the relay and through
// it. The relay must never turn a pair that works into one that fails, nor the reverse, and
// the pair must work or fail as it is known to. Where a pair fails only sometimes, the
// diagnostics must explain the failure.
func (p Pair) Judge(direct, relayed Traffic, diagnostics map[string]report.Diagnostic) []string {
	var problems []string
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	k := p.Known()
	switch {
	case k.Fails == Sometimes:
	case direct.Works() && !relayed.Works():
		say("the relay turns a pair that works into one that fails: %d of %d requests failed", relayed.Failed, relayed.Requests)
	case !direct.Works() && relayed.Works():
		say("the relay turns a pair that fails into one that works: %d of %d requests failed without it", direct.Failed, direct.Requests)
	}
	if k.Fails == Never && !direct.Works() {
		say("the pair fails by itself, and is not known to: %d of %d requests failed", direct.Failed, direct.Requests)
	}
	if k.Fails == Always && direct.Works() {
		say("the pair works, but is known to fail (%s): take it off the list", k.Why.English)
	}
	if k.Fails != Never && !relayed.Works() {
		explains := func(code string) bool { return diagnostics[code].Count > 0 }
		if !slices.ContainsFunc(k.Reasons, explains) {
			say("the pair fails as it is known to (%s), but the relay does not raise %s", k.Why.English, strings.Join(k.Reasons, " or "))
		}
	}
	return problems
}
