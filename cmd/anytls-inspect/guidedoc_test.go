package main

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/shlex"

	"anytls-inspect/capture/guide/known"
	"anytls-inspect/capture/guide/process"
)

// documentedPeers returns the file of implementations that docs/guide.md shows.
func documentedPeers(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/guide.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)`peers.toml`:\n\n```toml\n(.*?)```").FindSubmatch(text)
	if shown == nil {
		t.Fatal("docs/guide.md shows no peers.toml")
	}
	return string(shown[1])
}

// TestGuideDocument: each command of the documents is one that can be given, with the templates
// that they show, and the table of placeholders has each one.
func TestGuideDocument(t *testing.T) {
	environment(t, "", "")
	var all string
	for _, path := range []string{"../../docs/guide.md", "../../README.md"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all += string(text)
	}
	peers := documentedPeers(t)
	t.Chdir(t.TempDir())
	if err := os.WriteFile("peers.toml", []byte(peers), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, template := range regexp.MustCompile("(?s)`([a-z.]+)`:\n\n```json\n(.*?)```").FindAllStringSubmatch(all, -1) {
		name, text := template[1], template[2]
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		filled := regexp.MustCompile(`\{[a-z]+_port\}`).ReplaceAllString(text, "1")
		if !json.Valid([]byte(filled)) {
			t.Errorf("%s is no JSON, once it is filled in", name)
		}
	}
	commands := regexp.MustCompile(`(?m)^anytls-inspect guide (.*)$`).FindAllStringSubmatch(all, -1)
	if len(commands) < 7 {
		t.Errorf("%d commands, want more", len(commands))
	}
	for _, command := range commands {
		words, err := shlex.Split(command[1])
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(words, "--list") {
			continue // a script has it run
		}
		if _, err := guideConfigOf(t, true, words...); err != nil {
			t.Errorf("%s: %v", command[0], err)
		}
	}
	for _, name := range append(known.Builtin().Names(), keysOf(t, testListing(t))...) {
		if !strings.Contains(all, "`"+name+"`") {
			t.Errorf("docs/guide.md does not name `%s`", name)
		}
	}
	unknown := process.Command{Words: []string{"program", "{nobody}"}}.Check()
	if unknown == nil {
		t.Fatal("{nobody} is a placeholder")
	}
	_, list, _ := strings.Cut(unknown.Error(), "there are ")
	for _, name := range strings.Fields(list) {
		if !strings.Contains(all, "`"+name+"`") {
			t.Errorf("the table of placeholders lacks %s", name)
		}
	}
}

// keysOf returns all keys of a list for programs.
func keysOf(t *testing.T, list listing) (keys []string) {
	t.Helper()
	text := string(list.json())
	for _, key := range regexp.MustCompile(`(?m)^ *"([a-z_]+)": `).FindAllStringSubmatch(text, -1) {
		keys = append(keys, key[1])
	}
	if len(keys) < 20 {
		t.Errorf("a list has the keys %q, want more: %s", keys, text)
	}
	return keys
}
