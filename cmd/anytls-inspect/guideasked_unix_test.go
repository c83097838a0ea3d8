//go:build unix

package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestGuideSignalWhileAsked: a signal that comes while programs are asked what they are ends them, with
// all that they have started.
func TestGuideSignalWhileAsked(t *testing.T) {
	path, folder := build(t), t.TempDir()
	program := filepath.Join(folder, "anytls-server")
	mute := "#!/bin/sh\nexec 4>\"$0.pipe\"\necho asked >&4\nsleep 100 &\nwait\n"
	if err := os.WriteFile(program, []byte(mute), 0o700); err != nil { //nolint:gosec // it is to be run
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(program+".pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--list"}, {"--server", "anytls-rs", "--client", "anytls-rs"}} {
		cmd := command(t, path, append([]string{"guide"}, args...)...)
		cmd.Env = append(cmd.Env, "PATH="+folder+":"+os.Getenv("PATH"))
		var told bytes.Buffer
		cmd.Stderr = &told
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		pipe, err := os.Open(program + ".pipe") // until a program opens it
		if err != nil {
			t.Fatal(err)
		}
		asked := bufio.NewReader(pipe)
		if line, err := asked.ReadString('\n'); line != "asked\n" {
			t.Fatal(line, err)
		}
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // the exit code says it
		if code := cmd.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(told.String(), "ended while programs were looked for") {
			t.Fatalf("%q: exit code %d, told %q", args, code, told.String())
		}
		if _, err := io.Copy(io.Discard, asked); err != nil { // until nobody has it open
			t.Error(err)
		}
		_ = pipe.Close()
	}
}
