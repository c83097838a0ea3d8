package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// built is the program as users have it, without the race detector. It is built where a test first
// asks for it, in the folder of [builds]: linking takes longer than most tests.
var built = sync.OnceValues(func() (path string, err error) {
	folder, err := builds()
	if err != nil {
		return "", err
	}
	path = filepath.Join(folder, "anytls-inspect")
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// builds is the folder of what tests share. It is gone when they have ended.
var builds = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "anytls-inspect-tests") })

// build returns the path of the program.
func build(t *testing.T) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// A tests runs the tests, and removes what they share.
type tests struct{ testscript.TestingM }

// Run implements [testscript.TestingM].
func (m tests) Run() int {
	code := m.TestingM.Run()
	folder, err := builds()
	if err == nil {
		err = os.RemoveAll(folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
