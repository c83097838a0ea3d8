package anytlsinspect_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// TestWalks: each step of docs/architecture.md names a declaration that is in the
// file that it links to.
func TestWalks(t *testing.T) {
	text, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	steps := regexp.MustCompile("\\[`([^`]+)`\\]\\(([^)]+\\.go)\\)").FindAllStringSubmatch(string(text), -1)
	if len(steps) < 4*5 {
		t.Errorf("%d steps: the four walks have more", len(steps))
	}
	declared := make(map[string]map[string]bool)
	for _, step := range steps {
		name, file := step[1], path.Join("docs", step[2])
		if declared[file] == nil {
			declared[file] = declarations(t, file)
		}
		if !declared[file][name] {
			t.Errorf("%s does not declare %s", file, name)
		}
	}
	if walks := strings.Count(string(text), "\n## Walk "); walks != 4 {
		t.Errorf("%d walks, want 4", walks)
	}
}

// TestContributing: each test that CONTRIBUTING.md names exists, and so does each file
// that it names from the root.
func TestContributing(t *testing.T) {
	text, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := make(map[string]bool)
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file, "_test.go") {
			maps.Copy(tests, declarations(t, file))
		}
	}
	named := 0
	for _, code := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(string(text), -1) {
		switch name := code[1]; {
		case strings.HasPrefix(name, "Test"):
			named++
			if !tests[name] {
				t.Errorf("there is no test %s", name)
			}
		case regexp.MustCompile(`^(capture|cmd|docs|interop|protocol|tui)/[a-z0-9/._-]+\.(go|md)$`).MatchString(name):
			named++
			if _, err := os.Stat(name); err != nil {
				t.Errorf("there is no file %s", name)
			}
		}
	}
	if named < 30 {
		t.Errorf("%d tests and files were found: the recipes name more", named)
	}
}

// declarations returns what a file declares: functions, "Type.Method", and types.
func declarations(t *testing.T, file string) map[string]bool {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	for _, decl := range parsed.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if r := receiver(d); r != "" {
				name = r + "." + name
			}
			names[name] = true
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if typ, ok := spec.(*ast.TypeSpec); ok {
					names[typ.Name.Name] = true
				}
			}
		}
	}
	return names
}
