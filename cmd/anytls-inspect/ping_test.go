package main

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"anytls-inspect/capture/relay"
)

// TestPingProcess pings as a user does, and takes the exit code for the verdict.
func TestPingProcess(t *testing.T) {
	path := build(t)
	ca, err := relay.EphemeralAuthority()
	if err != nil {
		t.Fatal(err)
	}
	server := serveEcho(t, ca)
	for _, tc := range []struct {
		name     string
		password string // in the environment
		args     []string
		exit     int
		out, err string // parts of them
	}{
		{
			name: "text", password: "secret", args: []string{server, "-k"},
			out: "3 sent, 3 answered, 0 lost (0.0 %)",
		},
		{
			name: "JSON", password: "secret", args: []string{server, "-k", "-o", "json"},
			out: `"heartbeats":{"toward_server":{"sent":3,"answered":3,"lost":0,`,
		},
		{
			name: "password in the URI", args: []string{"anytls://secret@" + server + "/?insecure=1"},
			out: "HeartResponse from " + server + ": seq=3",
		},
		{name: "wrong password", password: "other", args: []string{server, "-k"}, exit: 1, err: "wrong password"},
		{name: "not trusted", password: "secret", args: []string{server}, exit: 1, err: "--server-ca"},
		{name: "nobody there", password: "secret", args: []string{"127.0.0.1:1", "-k"}, exit: 1, err: "is the server running there?"},
		{name: "no password", args: []string{server}, exit: 2, err: "ANYTLS_PASSWORD"},
		{name: "no server", password: "secret", exit: 2, err: "give one host:port"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cmd := command(t, path, append([]string{"ping", "-c", "3", "-i", "5ms"}, tc.args...)...)
			cmd.Env = append(cmd.Env, "ANYTLS_PASSWORD="+tc.password)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err := cmd.Run()
			exit := 0
			var exitErr *exec.ExitError
			if errors.As(err, &exitErr) {
				exit = exitErr.ExitCode()
			} else if err != nil {
				t.Fatal(err)
			}
			if exit != tc.exit || !strings.Contains(stdout.String(), tc.out) || !strings.Contains(stderr.String(), tc.err) {
				t.Errorf("exit code %d, want %d\nstandard output:\n%s\nstandard error:\n%s", exit, tc.exit, &stdout, &stderr)
			}
			if strings.Contains(stdout.String()+stderr.String(), "secret") {
				t.Error("the password was printed")
			}
		})
	}
}
