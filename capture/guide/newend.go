package guide

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"anytls-inspect/capture/guide/known"
	"anytls-inspect/capture/guide/process"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
)

// NewEnd returns an end that a command starts.
func NewEnd(peer report.Peer, c process.Command) End {
	return End{Peer: peer, Command: &c, LogEnv: logRust(&c)}
}

// NamedEnd returns an end that is an implementation known by name, with what starts its program. Missing
// is why that was not found; nil: it was.
func NamedEnd(i *known.Implementation, as protocol.Peer, p known.Program, missing error) End {
	end := NewEnd(i.Peer(p), i.Command(as, p))
	end.Patterns, end.Habits = i.Log, i.Habits
	if missing != nil {
		end.Missing = fmt.Errorf("the %s %w", as, missing) // which begins with its name
	}
	return end
}

// logRust returns what has a program log of heartbeats, if it is one in Rust and neither the user nor
// what is known of the program says otherwise.
func logRust(command *process.Command) []string {
	const level = "RUST_LOG"
	says := func(env string) bool { return strings.HasPrefix(env, level+"=") }
	if os.Getenv(level) != "" || slices.ContainsFunc(command.Env, says) {
		return nil
	}
	return []string{level + "=debug"}
}
