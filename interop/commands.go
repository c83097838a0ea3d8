package interop

import (
	"path/filepath"
)

// An End is what a peer's program must know to be one end of a pair.
type End struct {
	Dir      string // a folder for its files
	Listen   string // host:port of a server, or of a client's SOCKS proxy
	Server   string // host:port of a client's server
	Password string
}

// A command returns the command line of a peer's program. The first word is a path within
// the peer's folder. The command may write a configuration into the end's folder.
type command func(End) ([]string, error)

// commands start the server and the client of each peer, by its name. Settings are the
// author's defaults, except that clients don't verify the server's certificate.
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

// words returns a command that only returns words.
func words(f func(End) []string) command {
	return func(e End) ([]string, error) { return f(e), nil }
}
