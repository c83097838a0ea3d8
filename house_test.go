package anytlsinspect_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	maxLines = 400 // of a file: it holds one idea
	maxFiles = 5   // that the methods of one type stand in
)

// spread names the types whose methods stand in more files than maxFiles, and why.
var spread = map[string]string{
	"protocol/session.Tracker":         "a file for each part of the protocol that it judges, with that part's state beside it",
	"tui.Model":                        "a file for each part of the screen",
	"tui/steps.Model":                  "a file for each part of the screen",
	"capture/journal.Journal":          "a file for each thing that it is told, and for each that its answers need under the lock",
	"capture/internal/tlstap.Observer": "a file for each stage of a TLS connection",
	"capture/replay.connection":        "a file for each thing that its packets tell: order, TLS, what is not seen, who is the client, how it ends, and why",
	"capture/relay.link":               "a file for each thing that it does: carrying, inserting, sifting under rules, programs, pauses, what it tells",
	"capture/report.Report":            "a file for each form and each section of the report",
	"capture/report.Scenario":          "a file for each section of the report",
	"capture/guide/traffic.Proxy":      "a file for each kind of traffic",
}

// TestFiles: no file is too long to be read at once, and the methods of a type
// stand together.
func TestFiles(t *testing.T) {
	files := make(map[string]map[string]bool) // by type: those with methods of it
	for _, path := range goFiles(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(text, []byte("\n")); n > maxLines {
			t.Errorf("%s has %d lines, more than %d: which of its ideas deserves a file of its own?", path, n, maxLines)
		}
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		for _, name := range receivers(t, path, text) {
			name = filepath.ToSlash(filepath.Dir(path)) + "." + name
			if files[name] == nil {
				files[name] = make(map[string]bool)
			}
			files[name][path] = true
		}
	}
	for name, in := range files {
		if len(in) > maxFiles && spread[name] == "" {
			t.Errorf("the methods of %s stand in %d files: bring them together, or give the reason in spread", name, len(in))
		}
	}
	for name := range spread {
		if len(files[name]) <= maxFiles {
			t.Errorf("spread excuses %s, whose methods stand in %d files", name, len(files[name]))
		}
	}
}

// goFiles returns the paths of all Go files, those of the module interop too.
func goFiles(t *testing.T) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && len(path) > 1 && path[0] == '.':
			return filepath.SkipDir
		case strings.HasSuffix(path, ".go"):
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// receivers returns the names of the types that the file has methods of.
func receivers(t *testing.T, path string, text []byte) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv != nil {
			names = append(names, receiver(f))
		}
	}
	return names
}

// receiver returns the name of the type that f is a method of; empty for a
// function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	switch generic := typ.(type) {
	case *ast.IndexExpr:
		typ = generic.X
	case *ast.IndexListExpr:
		typ = generic.X
	}
	return typ.(*ast.Ident).Name
}
