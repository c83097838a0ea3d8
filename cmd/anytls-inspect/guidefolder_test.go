package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// foldersOf returns the folders of pairs, in a folder that the user named or not, and the folder in
// which all of that is.
func foldersOf(t *testing.T, named bool, pairs ...string) (temporary string, f *guideFolders) {
	t.Helper()
	temporary = t.TempDir()
	t.Setenv("TMPDIR", temporary)
	dir := ""
	if named {
		dir = filepath.Join(temporary, "kept")
	}
	f, err := openGuideFolders(dir, pairs)
	if err != nil {
		t.Fatal(err)
	}
	return temporary, f
}

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
			temporary, all := foldersOf(t, test.named, "")
			f := all.pairs[0]
			if info, err := os.Stat(f.path); err != nil || info.Mode().Perm() != 0o700 || !filepath.IsAbs(f.path) {
				t.Errorf("%s: %v, %v", f.path, info.Mode(), err)
			}
			if test.named {
				if err := os.WriteFile(filepath.Join(temporary, "kept", "pair.pcapng"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			runFiles(t, f)
			if err := f.close(test.failed); err != nil {
				t.Fatal(err)
			}
			kept, err := all.close()
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
	for _, pairs := range [][]string{{""}, {"a--b", "a--c"}} { // of those of pairs nothing stays where nothing is in them
		f, err := openGuideFolders(dir, pairs)
		if err != nil {
			t.Fatal(err)
		}
		for _, pair := range f.pairs {
			if err := pair.close(false); err != nil {
				t.Error(err)
			}
		}
		if kept, err := f.close(); err != nil || kept != dir {
			t.Errorf("%q, %v", kept, err)
		}
		if got := filesIn(t, dir); !slices.Equal(got, []string{"mine.txt"}) {
			t.Errorf("%q", got)
		}
	}
	for _, no := range []string{filepath.Join(dir, "no", "such"), mine} {
		if _, err := openGuideFolders(no, []string{""}); err == nil {
			t.Errorf("there is a folder %s", no)
		}
	}
}

// TestGuideFoldersOfPairs: what programs wrote of a pair stays in a folder of its name, for the pairs
// that failed, or for all where the user named one. A run that is ended at once leaves nothing that it
// does not tell of.
func TestGuideFoldersOfPairs(t *testing.T) {
	for name, test := range map[string]struct {
		named, atOnce bool
		want          []string
	}{
		"one failed":         {want: []string{"s--c-2", "s--c-2/pair-client.log", "s--c-2/server.log"}},
		"the user named one": {named: true, want: []string{"s--c", "s--c/pair-client.log", "s--c/server.log", "s--c-2", "s--c-2/pair-client.log", "s--c-2/server.log"}},
		"at once":            {atOnce: true},
	} {
		t.Run(name, func(t *testing.T) {
			temporary, f := foldersOf(t, test.named, "s--c", "s--c-2", "left-out")
			for i, pair := range f.pairs[:2] {
				runFiles(t, pair)
				if err := pair.close(i == 1); err != nil {
					t.Error(err)
				}
			}
			if test.atOnce {
				if err := f.remove(); err != nil {
					t.Error(err)
				}
				if left := filesIn(t, temporary); left != nil {
					t.Errorf("left behind: %q", left)
				}
				return
			}
			if err := f.pairs[2].close(false); err != nil {
				t.Error(err)
			}
			kept, err := f.close()
			if err != nil {
				t.Fatal(err)
			}
			if got := filesIn(t, kept); !slices.Equal(got, test.want) {
				t.Errorf("kept %q, want %q", got, test.want)
			}
		})
	}
}
