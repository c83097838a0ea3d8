package session_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"anytls-inspect/protocol/session"
)

var update = flag.Bool("update", false, "write what the scripts in testdata yield into them")

const wantSuffix = ".want"

// scriptFiles returns the archives in testdata: each holds scripts, and after
// each one what it must yield.
func scriptFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	more, err2 := filepath.Glob("testdata/diagnostics/*.txtar")
	if err != nil || err2 != nil || len(files) == 0 || len(more) == 0 {
		t.Fatalf("scripts: %d and %d files, %v, %v", len(files), len(more), err, err2)
	}
	return append(files, more...)
}

// section returns the data of a file in an archive.
func section(a *txtar.Archive, name string) (data string, found bool) {
	i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == name })
	if i < 0 {
		return "", false
	}
	return string(a.Files[i].Data), true
}

// forEachScript runs f for each script in testdata.
func forEachScript(t *testing.T, f func(*testing.T, playedScript)) {
	t.Helper()
	eachScript(t, scriptFiles(t), func(name string, s playedScript) {
		t.Run(name, func(t *testing.T) { f(t, s) })
	})
}

// eachScript calls f with each script of archives, and its name.
func eachScript(t testing.TB, files []string, f func(name string, s playedScript)) {
	t.Helper()
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range a.Files {
			if strings.HasSuffix(part.Name, wantSuffix) {
				continue
			}
			s, err := parseScript(string(part.Data))
			if err != nil {
				t.Fatalf("%s, %s: %v", file, part.Name, err)
			}
			f(strings.TrimSuffix(filepath.Base(file), ".txtar")+"/"+part.Name, s)
		}
	}
}

// TestScripts holds what trackers make of the scripts to what stands beside
// them.
func TestScripts(t *testing.T) {
	holdScripts(t, scriptFiles(t), func(s playedScript) string { return play(s, feeding{}).String() })
}

// holdScripts holds what the scripts of archives yield to what stands beside them.
func holdScripts(t *testing.T, files []string, yield func(playedScript) string) {
	t.Helper()
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(strings.TrimSpace(string(a.Comment))) == 0 {
				t.Error("the archive does not say what it shows")
			}
			out := txtar.Archive{Comment: a.Comment}
			for _, part := range a.Files {
				if strings.HasSuffix(part.Name, wantSuffix) {
					continue
				}
				s, err := parseScript(string(part.Data))
				if err != nil {
					t.Fatalf("%s: %v", part.Name, err)
				}
				got := yield(s)
				want, found := section(a, part.Name+wantSuffix)
				if diff := cmp.Diff(want, got); (diff != "" || !found) && !*update {
					t.Errorf("%s (-want +got):\n%s", part.Name, diff)
				}
				out.Files = append(out.Files, part, txtar.File{Name: part.Name + wantSuffix, Data: []byte(got)})
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(&out), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if len(out.Files) != len(a.Files) {
				t.Errorf("%d files, of which %d are of use", len(a.Files), len(out.Files))
			}
		})
	}
}

// TestEachCodeHasItsScripts holds that testdata/diagnostics has, for each code, a
// script that raises it and one that nearly does.
func TestEachCodeHasItsScripts(t *testing.T) {
	codes := session.Codes()
	for _, code := range codes {
		t.Run(string(code), func(t *testing.T) {
			a, err := txtar.ParseFile("testdata/diagnostics/" + string(code) + ".txtar")
			if err != nil {
				t.Fatal(err)
			}
			for name, raises := range map[string]bool{"raises": true, "nearly": false} {
				text, found := section(a, name)
				s, err := parseScript(text)
				if err != nil || !found {
					t.Fatalf("script %q: found %v, %v", name, found, err)
				}
				if n := play(s, feeding{}).diagnostics()[code]; (n > 0) != raises {
					t.Errorf("script %q raises it %d times", name, n)
				}
			}
		})
	}
	files, err := filepath.Glob("testdata/diagnostics/*")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(codes) {
		t.Errorf("%d files for %d codes: %v", len(files), len(codes), files)
	}
}
