package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anytls-inspect/capture/report"
)

func TestWriteFile(t *testing.T) {
	r := report.Combine(meta(), passed())
	for name, begin := range map[string]string{
		"report.md": "# 心跳", "report.json": "{", "report.html": "<!DOCTYPE html>", "REPORT.MD": "# 心跳",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, name)
			if lang, err := report.Check(path, "zh-CN"); err != nil || lang != report.Chinese {
				t.Fatalf("Check = %q, %v", lang, err)
			}
			if names := files(t, dir); len(names) > 0 {
				t.Fatalf("Check left %q behind", names)
			}
			// A file that is there is replaced as a whole.
			if err := os.WriteFile(path, bytes.Repeat([]byte("old "), 10_000), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := r.WriteFile(path, report.Chinese); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(path)
			if err != nil || !strings.HasPrefix(string(text), begin) || bytes.Contains(text, []byte("old old")) {
				t.Errorf("%s begins with %.30q (%v), want %q", name, text, err, begin)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o644 {
				t.Errorf("mode %v (%v), want 0644", info.Mode(), err)
			}
			if names := files(t, dir); len(names) != 1 {
				t.Errorf("in the folder are %q, want only the report", names)
			}
		})
	}
}

// TestWriteFileOverLink: a report takes the place of a link. What the link leads to is not
// written to.
func TestWriteFileOverLink(t *testing.T) {
	dir := t.TempDir()
	other, link := filepath.Join(dir, "other.txt"), filepath.Join(dir, "link.md")
	if err := os.WriteFile(other, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, link); err != nil {
		t.Fatal("no links here:", err)
	}
	if _, err := report.Check(link, "en"); err != nil {
		t.Error(err)
	}
	if err := report.Combine(meta()).WriteFile(link, report.English); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		t.Errorf("where the link was is %v (%v)", info.Mode(), err)
	}
	if text, err := os.ReadFile(other); err != nil || string(text) != "precious" {
		t.Errorf("what it led to holds %q (%v)", text, err)
	}
}

func TestCheckRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "folder.md"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ path, lang, want string }{
		{"report.txt", "en", ".md, .json, .html"},
		{"report", "en", ".md, .json, .html"},
		{"report.md", "klingon", "choose en or zh"},
		{"no such folder/report.md", "en", "no such file"},
		{"folder.md", "en", "not a regular file"},
	} {
		path := filepath.Join(dir, tt.path)
		_, err := report.Check(path, tt.lang)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Check(%q, %q) = %v, want it to say %q", tt.path, tt.lang, err, tt.want)
		}
		if tt.lang == "en" && tt.path != "folder.md" {
			if err := report.Combine(meta()).WriteFile(path, report.English); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("WriteFile(%q) = %v, want it to say %q", tt.path, err, tt.want)
			}
		}
	}
	if err := report.Combine(meta()).WriteFile(filepath.Join(dir, "folder.md"), report.English); err == nil {
		t.Error("a folder was replaced by a report")
	}
	if names := files(t, dir); len(names) != 1 {
		t.Errorf("left behind: %q", names)
	}
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
