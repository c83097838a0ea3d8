package interop

import (
	"path/filepath"
)

// An End is what a peer's program must be told to be one end of a pair.
type End struct {
	Dir      string // for what it keeps
	Listen   string // host:port: a server's, or the one of a client's SOCKS proxy
	Server   string // host:port of a client's server
	Password string
}

// A command makes the command line of a peer's program, whose first word is a
// path within the peer's folder. It may write a configuration into the end's.
type command func(End) ([]string, error)

// commands are, by the peer's name, how its server and its client are started.
// Settings are what the author chose, as far as a run on loopback can leave them:
// clients don't verify the server's certificate.
var commands = map[string]struct{ server, client command }{
	"sing-box": {singBoxServer, singBoxClient},
	"sing-anytls": {
		server: words(func(e End) []string { return []string{"server", "-l", e.Listen, "-p", e.Password} }),
		client: words(func(e End) []string { return []string{"client", "-l", e.Listen, "-s", e.Server, "-p", e.Password} }),
	},
	"anytls-rs": {
		server: words(func(e End) []string {
			return []string{filepath.Join("bin", "anytls-server"), "-l", e.Listen, "-p", e.Password}
		}),
		client: words(func(e End) []string {
			return []string{filepath.Join("bin", "anytls-client"), "-l", e.Listen, "-s", e.Server, "-p", e.Password}
		}),
	},
	"anytls": {
		server: words(func(e End) []string {
			return []string{filepath.Join("bin", "anytls-server"), "-l", e.Listen, "-p", e.Password}
		}),
		client: words(func(e End) []string {
			return []string{
				filepath.Join("bin", "anytls-client"), "-l", "socks5://" + e.Listen,
				"-s", e.Server, "-p", e.Password, "--insecure", "true",
			}
		}),
	},
}

// words is a command that is only words.
func words(f func(End) []string) command {
	return func(e End) ([]string, error) { return f(e), nil }
}
