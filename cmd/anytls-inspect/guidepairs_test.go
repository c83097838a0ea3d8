package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/report"
)

// TestPairFolders: the folder of a pair says which it is, and no name leads elsewhere.
func TestPairFolders(t *testing.T) {
	end := func(name, version string) guide.End {
		return guide.End{Peer: report.Peer{Name: name, Version: version}}
	}
	pairs := []guide.Config{
		{Server: end("anytls-rs", "0.5.4"), Client: end("sing-box", "1.13.5")},
		{Server: end("Anytls-RS", "0.5.4"), Client: end("sing-box", "1.13.5")},
		{Server: end("127.0.0.1:8443", ""), Client: end("", "")},
		{Server: end("../x", ""), Client: end("..", "/etc/passwd")},
		{Server: end("-rf", "*"), Client: end("C:\\\x00\x1b[1m", "")},
		{Server: end("...", ""), Client: end(strings.Repeat("名", 100), "")},
	}
	got := pairFolders(pairs)
	want := []string{
		"anytls-rs_0.5.4--sing-box_1.13.5", "Anytls-RS_0.5.4--sing-box_1.13.5-2", "127.0.0.1_8443--client",
		"_x--__etc_passwd", "rf__--C_____1m", "server--" + strings.Repeat("名", maxFolderEnd/len("名")),
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, name := range got {
		if !filepath.IsLocal(name) || filepath.Base(name) != name || !utf8.ValidString(name) || len(name) > 255 {
			t.Errorf("%q is no name of a folder", name)
		}
	}
	if alone := pairFolders(pairs[:1]); !slices.Equal(alone, []string{""}) {
		t.Errorf("a pair that is alone has %q", alone)
	}
}
