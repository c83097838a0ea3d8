package process

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/shlex"

	"anytls-inspect/protocol"
)

// A Command is a command line with placeholders, such as {listen}.
type Command struct {
	Words  []string // the program and its arguments
	Env    []string // NAME=VALUE, beside the environment of this process
	Config string   // the text of a configuration file, which {config} names; empty: there is none
	// ConfigName is what the file's name ends in, such as "config.yaml": some programs tell by it
	// what the file is written in. Empty: "config".
	ConfigName string
	// Early says that it listens before it is ready, and closes what comes until then.
	Early bool
}

// Parse splits a command line into words, as a shell does, but runs none. Quotes and backslashes
// keep blanks together, and what follows a # at the beginning of a word is a comment. Nothing is
// replaced but the placeholders, by [Start].
func Parse(text string) (Command, error) {
	words, err := shlex.Split(text)
	switch {
	case err != nil:
		return Command{}, errors.New("the command ends inside of a quotation, or with a backslash")
	case len(words) == 0 || words[0] == "":
		return Command{}, errors.New("the command names no program")
	}
	return Command{Words: words}, nil
}

// Check tells what is wrong with a command, before anything is started: a placeholder that
// nobody knows, or a required one, by its name without braces, that neither the command nor its
// configuration uses. One with the port alone is as good as the address. No error repeats the
// command, which may hold a password.
func (c Command) Check(required ...string) error {
	if len(c.Words) == 0 || c.Words[0] == "" {
		return errors.New("the command names no program")
	}
	for _, text := range c.texts() {
		for _, name := range names(text) {
			if err := c.known(name); err != nil {
				return err
			}
		}
	}
	for _, env := range c.Env {
		if name, _, ok := strings.Cut(env, "="); !ok || name == "" {
			return errors.New("what is set in the environment is not NAME=VALUE")
		}
	}
	if c.Config != "" && !c.uses(config) {
		return errors.New("there is a configuration, but the command names it nowhere: write {config} where its path belongs")
	}
	for _, name := range required {
		if !c.uses(name) && !c.uses(name+portEnd) {
			return fmt.Errorf("the command%s has no {%s}: %s", c.orConfig(), name, purposes[name])
		}
	}
	return nil
}

// known tells whether a placeholder stands for something that this command has.
func (c Command) known(name string) error {
	switch _, known := purposes[name]; {
	case !known:
		return fmt.Errorf("there is no placeholder {%s}; there are %s", protocol.Printable(name), allNames())
	case name == config && c.Config == "":
		return errors.New("{config} stands for a configuration file, and none is given")
	}
	return nil
}

// uses tells whether the command, or its configuration, has a placeholder.
func (c Command) uses(name string) bool {
	texts := c.texts()
	if name != config {
		texts = append(texts, c.Config)
	}
	for _, text := range texts {
		if strings.Contains(text, "{"+name+"}") {
			return true
		}
	}
	return false
}

// texts are those in which each placeholder must be known.
func (c Command) texts() []string { return append(append([]string(nil), c.Words...), c.Env...) }

func (c Command) orConfig() string {
	if c.Config == "" {
		return ""
	}
	return ", with its configuration,"
}

// quote returns what a user wrote in a form that can be printed, and is not too long.
func quote(text string) string { return `"` + cut(protocol.Printable(text), maxQuote) + `"` }

const maxQuote = 200 // characters
