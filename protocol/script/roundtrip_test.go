package script_test

import (
	"bytes"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"anytls-inspect/protocol/script"
)

// unnumbered returns s without its line numbers: those of another text of the same
// script differ.
func unnumbered(s script.Script) script.Script {
	s.Steps = slices.Clone(s.Steps)
	for i := range s.Steps {
		s.Steps[i].Line = 0
	}
	return s
}

// checkSame holds that a text that parses, printed, parses to the same steps, and
// prints the same again. It returns the steps.
func checkSame(t *testing.T, text string) script.Script {
	t.Helper()
	s, err := script.Parse(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	printed := s.String()
	again, err := script.Parse(printed)
	if err != nil {
		t.Fatalf("%q\nprinted %q: %v", text, printed, err)
	}
	if a, b := unnumbered(s), unnumbered(again); !reflect.DeepEqual(a, b) {
		t.Fatalf("%q\nprinted %q (-parsed +printed and parsed):\n%s", text, printed, cmp.Diff(a, b))
	}
	if twice := again.String(); twice != printed {
		t.Fatalf("printed %q\nand then %q", printed, twice)
	}
	return s
}

// sessionScripts returns the scripts in the testdata of package session, by name.
func sessionScripts(t testing.TB) map[string]string {
	t.Helper()
	texts := make(map[string]string)
	for _, pattern := range []string{"*.txtar", "diagnostics/*.txtar"} {
		files, err := filepath.Glob("../session/testdata/" + pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range a.Files {
				if !strings.HasSuffix(part.Name, ".want") {
					texts[filepath.Base(file)+"/"+part.Name] = string(part.Data)
				}
			}
		}
	}
	return texts
}

// TestSessionScripts holds that the scripts of package session survive being printed,
// and that their frames are printed as frames.
func TestSessionScripts(t *testing.T) {
	for name, text := range sessionScripts(t) {
		t.Run(name, func(t *testing.T) {
			s := checkSame(t, text)
			lines := strings.Split(text, "\n")
			for i := range s.Steps {
				st := &s.Steps[i]
				raw := st.Kind == script.Data && strings.Contains(st.String(), "> raw")
				if raw != st.Raw {
					t.Errorf("%s is printed as %s", lines[st.Line-1], st)
				}
			}
		})
	}
}

// sameBytes holds that the steps, printed and parsed, have the same bytes in the same
// records, and print the same again. It returns what was parsed.
func sameBytes(t *testing.T, steps []script.Step) []script.Step {
	t.Helper()
	text := script.Script{Steps: steps}.String()
	s, err := script.Parse(text)
	if err != nil || len(s.Steps) != len(steps) {
		t.Fatalf("%d steps became %d, %v: %q", len(steps), len(s.Steps), err, text)
	}
	if again := s.String(); again != text {
		t.Fatalf("printed %q\nand then %q", text, again)
	}
	for i, got := range s.Steps {
		want := steps[i]
		if got.Dir != want.Dir || got.Continues != want.Continues || got.Fate != want.Fate ||
			got.Session != want.Session || !bytes.Equal(got.Wire, want.Wire) {
			t.Fatalf("step %d is %+v, want %+v: %q", i, got, want, text)
		}
	}
	return s.Steps
}
