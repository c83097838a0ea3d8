package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// runFiles puts files into a folder of a run.
func runFiles(t *testing.T, f *guideFolder) {
	t.Helper()
	for name, text := range map[string]string{
		"key.pem": "secret", "server.log": "said", "client.log": "", "pair/client.log": "said too", "pair/1-config": "secret",
	} {
		path := filepath.Join(f.path, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(f.path, "key.pem"), filepath.Join(f.path, "link.log")); err != nil {
		t.Fatal(err)
	}
}

// filesIn returns all that is in a folder.
func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if path != dir {
			names = append(names, path[len(dir)+1:])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestGuideFolder: keys and configurations go in any case; what programs wrote stays where
// somebody will look for it.
func TestGuideFolder(t *testing.T) {
	for name, test := range map[string]struct {
		named, failed bool
		want          []string
	}{
		"all went well":      {},
		"something failed":   {failed: true, want: []string{"pair-client.log", "server.log"}},
		"the user named one": {named: true, want: []string{"pair-client.log", "pair.pcapng", "server.log"}},
	} {
		t.Run(name, func(t *testing.T) {
			temporary := t.TempDir()
			t.Setenv("TMPDIR", temporary)
			dir := ""
			if test.named {
				dir = filepath.Join(temporary, "kept")
			}
			f, err := openGuideFolder(dir)
			if err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(f.path); err != nil || info.Mode().Perm() != 0o700 || !filepath.IsAbs(f.path) {
				t.Errorf("%s: %v, %v", f.path, info.Mode(), err)
			}
			if test.named {
				if err := os.WriteFile(filepath.Join(dir, "pair.pcapng"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			runFiles(t, f)
			kept, err := f.close(test.failed)
			if err != nil {
				t.Fatal(err)
			}
			if test.want == nil {
				if left := filesIn(t, temporary); kept != "" || left != nil {
					t.Errorf("kept %q: %q", kept, left)
				}
				return
			}
			if got := filesIn(t, kept); !slices.Equal(got, test.want) {
				t.Errorf("kept %q, want %q", got, test.want)
			}
			if info, err := os.Stat(kept); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("%s: %v, %v", kept, info.Mode(), err)
			}
		})
	}
}

// TestGuideFolderIsTheUsers: one that is there stays as it is, and what can't be made is told.
func TestGuideFolderIsTheUsers(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "mine.txt")
	if err := os.WriteFile(mine, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := openGuideFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := f.close(false); err != nil || kept != dir {
		t.Errorf("%q, %v", kept, err)
	}
	if got := filesIn(t, dir); !slices.Equal(got, []string{"mine.txt"}) {
		t.Errorf("%q", got)
	}
	if _, err := openGuideFolder(filepath.Join(dir, "no", "such")); err == nil {
		t.Error("a folder in one that is not there")
	}
}
