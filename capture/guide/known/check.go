package known

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"anytls-inspect/capture/guide/process"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
)

// What a file may have, so that what is listed and reported stays short.
const (
	maxName    = 40       // characters of a name or a version
	maxText    = 500      // characters of any other text
	maxPattern = 1000     // bytes
	maxCommand = 4 << 10  // bytes
	maxConfig  = 64 << 10 // bytes
	maxList    = 50       // habits, codes, names of programs
	maxAll     = 200      // implementations
)

// A checker makes implementations of what stands in a file. It keeps the first mistake.
type checker struct {
	*file
	at   string // the path of the table that is looked at
	name string // of the implementation, once it is known to be one
	err  error
}

// implementations returns what the file has.
func (f *file) implementations() ([]Implementation, error) {
	c := &checker{file: f}
	if len(f.tables.Implementations) > maxAll {
		return nil, f.mistake(place{}, "", fmt.Errorf("it has more than %d implementations", maxAll))
	}
	var all []Implementation
	for n := range f.tables.Implementations {
		t := &f.tables.Implementations[n]
		c.at, c.name = fmt.Sprintf("implementation[%d]", n), ""
		c.short("name", t.Name)
		c.must("name", isName(t.Name), "a name begins with a letter, and has letters, digits, - _ and + only, 40 at most: it must not look like an address")
		c.name = t.Name
		for before := range n {
			if same := f.tables.Implementations[before].Name; strings.EqualFold(same, t.Name) {
				c.fail("name", fmt.Errorf("line %d has one of that name, too", f.places.at(fmt.Sprintf("implementation[%d].name", before)).line))
			}
		}
		all = append(all, c.implementation(t))
		if c.err != nil {
			return nil, c.err
		}
	}
	return all, nil
}

// fail keeps a mistake at a key of the table that is looked at, unless there is one already.
func (c *checker) fail(key string, err error) {
	if c.err != nil {
		return
	}
	path := join(c.at, key)
	_, what, _ := strings.Cut(path, "].")
	what = number.ReplaceAllString(what, "")
	if c.name != "" {
		what = c.name + ": " + what
	}
	c.err = c.mistake(c.places.at(path), what, err)
}

var number = regexp.MustCompile(`\[\d+\]`)

func (c *checker) must(key string, is bool, otherwise string) {
	if !is {
		c.fail(key, errors.New(otherwise))
	}
}

// bound checks a number of something, of which otherwise says that it is more than most.
func (c *checker) bound(key string, n, most int, otherwise string) {
	if n > most {
		c.fail(key, fmt.Errorf(otherwise, most))
	}
}

// in does something with another table than the one that is looked at.
func (c *checker) in(table string, do func()) {
	was := c.at
	c.at = join(c.at, table)
	do()
	c.at = was
}

// text checks a text that is shown.
func (c *checker) text(key, text string) {
	c.must(key, protocol.Printable(text) == text, "it has what can't be shown, or a backslash")
	c.bound(key, utf8.RuneCountInString(text), maxText, "it is longer than %d characters")
}

// short checks a text that is shown in columns.
func (c *checker) short(key, text string) {
	c.text(key, text)
	c.bound(key, utf8.RuneCountInString(text), maxName, "it is longer than %d characters")
}

// pattern compiles a regular expression; nil: there is none.
func (c *checker) pattern(key, pattern string) *regexp.Regexp {
	if pattern == "" {
		return nil
	}
	c.bound(key, len(pattern), maxPattern, "it is longer than %d bytes")
	re, err := regexp.Compile(pattern)
	if err != nil {
		c.fail(key, errors.New(protocol.Printable(err.Error())))
	}
	return re
}

func (c *checker) list(key string, length int) {
	c.bound(key, length, maxList, "there are more than %d")
}

var nameForm = regexp.MustCompile(`^\p{L}[\p{L}\p{N}_+-]*$`)

// isName tells whether a name can be told from an address, and can be typed.
func isName(name string) bool {
	return nameForm.MatchString(name) && !strings.EqualFold(name, "localhost")
}

func (c *checker) implementation(t *implementationTable) Implementation {
	i := Implementation{Name: t.Name, Author: t.Author, Language: t.Language, Source: t.Source, Tried: t.Tried}
	c.short("author", t.Author)
	c.short("language", t.Language)
	c.text("source", t.Source)
	c.list("tried", len(t.Tried))
	for _, version := range t.Tried {
		c.short("tried", version)
	}
	c.must("name", t.Server != nil || t.Client != nil, "it has neither [implementation.server] nor [implementation.client]")
	c.in("server", func() { i.Server = c.role(t.Server, "listen", "password") })
	c.in("client", func() { i.Client = c.role(t.Client, "server", "socks", "password") })
	c.in("log", func() {
		c.pattern("received", t.Log.Received)
		c.pattern("sent", t.Log.Sent)
		c.pattern("response", t.Log.Response)
		c.pattern("trouble", t.Log.Trouble)
		c.pattern("harmless", t.Log.Harmless)
		i.Log = process.Patterns(t.Log)
	})
	c.list("habit", len(t.Habits))
	for n := range t.Habits {
		c.in(fmt.Sprintf("habit[%d]", n), func() { i.Habits = append(i.Habits, c.habit(&t.Habits[n])) })
	}
	return i
}

// role returns how one end is run, which its command must be told what is required.
func (c *checker) role(t *roleTable, required ...string) *Role {
	if t == nil {
		return nil
	}
	r := &Role{Command: process.Command{Config: t.Config, ConfigName: t.ConfigName, Early: t.Early}}
	if r.Command.Words = c.words("command", t.Command); len(r.Command.Words) == 0 {
		c.fail("command", errors.New("what starts it? give a command line, such as \"my-server -l {listen} -p {password}\""))
		return r
	}
	c.list("programs", len(t.Programs))
	for n, name := range append(r.Command.Words[:1:1], t.Programs...) {
		key := "programs"
		if n == 0 {
			key = "command"
		}
		c.text(key, filepath.ToSlash(name))
		c.must(key, name != "" && !strings.Contains(name, "{"), "the name of a program is empty, or has a placeholder")
		r.Programs = append(r.Programs, c.beside(key, name))
	}
	c.must("config", len(t.Config) <= maxConfig, "it is longer than 64 KiB")
	c.short("config-name", t.ConfigName)
	c.must("config-name", !strings.ContainsAny(t.ConfigName, `/\`), "it is the end of a file's name, and has no folder")
	for _, name := range slices.Sorted(maps.Keys(t.Env)) {
		c.must("env", name != "" && !strings.ContainsAny(name+t.Env[name], "\x00") && !strings.Contains(name, "="), "a variable's name is empty, or it has a = or a zero byte")
		r.Command.Env = append(r.Command.Env, name+"="+t.Env[name])
	}
	if err := r.Command.Check(required...); err != nil {
		c.fail("command", err)
	}
	c.in("identity", func() { r.Identity = c.identity(&t.Identity) })
	return r
}

// beside returns the absolute path of a program that is named by one, from the file's folder.
func (c *checker) beside(key, program string) string {
	if !hasFolder(program) || filepath.IsAbs(program) {
		return program
	}
	path, err := filepath.Abs(filepath.Join(filepath.Dir(c.path), program))
	if err != nil {
		c.fail(key, err)
	}
	return path
}

func (c *checker) identity(t *identityTable) Identity {
	c.text("module", t.Module)
	c.must("crate", t.Crate == "" || crateForm.MatchString(t.Crate), "a crate's name has letters, digits, - and _ only, 64 at most")
	match := c.pattern("match", t.Match)
	c.must("ask", (t.Ask == "") == (t.Match == ""), "ask and match go together: what the program is asked, and what only it answers")
	return Identity{Module: t.Module, Crate: t.Crate, Args: c.words("ask", t.Ask), Match: match, Version: c.words("version", t.Version)}
}

// words splits a command line, which may be empty.
func (c *checker) words(key, line string) []string {
	c.must(key, len(line) <= maxCommand && !strings.Contains(line, "\x00"), "it is longer than 4 KiB, or has a zero byte")
	if line == "" {
		return nil
	}
	command, err := process.Parse(line)
	if err != nil {
		c.fail(key, err)
	}
	return command.Words
}

func (c *checker) habit(t *habitTable) report.Habit {
	c.must("peer", t.Peer == "" || t.Peer == protocol.Server.String() || t.Peer == protocol.Client.String(), `it is "server" or "client", or left out where it is true of both`)
	c.must("text", t.English != "", "what is known of it? give a sentence")
	c.text("text", t.English)
	c.text("zh", t.Chinese)
	c.list("codes", len(t.Codes))
	for _, code := range t.Codes {
		if !report.IsCode(code) {
			c.fail("codes", fmt.Errorf("there is no diagnostic or problem %s", protocol.Printable(code)))
		}
	}
	return report.Habit{Peer: t.Peer, English: t.English, Chinese: t.Chinese, Codes: t.Codes}
}
