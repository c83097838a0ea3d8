package anytlsinspect_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeNamesDependencies: the README gives the reason for each module that
// go.mod requires directly.
func TestReadmeNamesDependencies(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(readme), "## Dependencies")
	if !found {
		t.Fatal("the README has no table of dependencies")
	}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{if not (or .Main .Indirect)}}{{.Path}}{{end}}", "all").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range strings.Fields(string(out)) {
		// The table leaves out the host, or the owner too, where rows share them.
		name := path[strings.Index(path, "/")+1:]
		_, short, _ := strings.Cut(name, "/")
		if strings.HasPrefix(short, "v") || short == "" {
			short = name
		}
		if !regexp.MustCompile(`\b` + regexp.QuoteMeta(short) + `\b`).MatchString(table) {
			t.Errorf("the README's table of dependencies does not name %s", path)
		}
	}
}
