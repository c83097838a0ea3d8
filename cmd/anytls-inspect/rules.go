package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"anytls-inspect/capture/rule"
)

// ruleFlags say what is done with frames.
type ruleFlags struct {
	given    []ruleText // in the order of the command line
	readOnly bool
}

// A ruleText is where rules are given: in a file, or one on the command line.
type ruleText struct {
	isFile bool
	text   string // the file's path, or the rule
}

// A ruleValue is one of the flags that give rules. They share one list, so that rules are numbered
// in the order of the command line.
type ruleValue struct {
	list   *[]ruleText
	isFile bool
}

// String implements [pflag.Value].
func (*ruleValue) String() string { return "" }

// Type implements [pflag.Value].
func (*ruleValue) Type() string { return "string" }

// Set implements [pflag.Value].
func (v *ruleValue) Set(text string) error {
	*v.list = append(*v.list, ruleText{v.isFile, text})
	return nil
}

// register adds the flags of a command that runs a relay.
func (r *ruleFlags) register(f *pflag.FlagSet) {
	f.Var(&ruleValue{list: &r.given}, "rule", "do `RULE` with frames, such as 'delay 4s where cmd == \"SYNACK\"'; can be repeated (see 'anytls-inspect rules')")
	f.Var(&ruleValue{list: &r.given, isFile: true}, "rules", "do what the rules in `FILE` say, one a line; can be repeated")
	f.BoolVar(&r.readOnly, "read-only", false, "inject, hold and change nothing: no rules, no heartbeats, no keys for them")
}

// A rulesConfig says what is done with frames.
type rulesConfig struct {
	book     *rule.Book // nil: there are no rules
	readOnly bool
}

// config returns what the flags say. It reads the files. Injects says that heartbeats are asked for.
// An error is one of usage, but for that of a file that can't be read.
func (r *ruleFlags) config(seed uint64, injects bool) (rulesConfig, error) {
	cfg := rulesConfig{readOnly: r.readOnly}
	if r.readOnly {
		return cfg, r.checkReadOnly(injects)
	}
	if len(r.given) == 0 {
		return cfg, nil
	}
	rules, err := compileRules(r.given, os.Stdin)
	if err != nil {
		return rulesConfig{}, err
	}
	if len(rules) == 0 { // the files have none
		return cfg, nil
	}
	if cfg.book, err = rule.NewBook(rules, seed); err != nil {
		return rulesConfig{}, usage(err)
	}
	return cfg, nil
}

// checkReadOnly tells what does not go with --read-only.
func (r *ruleFlags) checkReadOnly(injects bool) error {
	switch {
	case len(r.given) > 0:
		flag := "--rule"
		if r.given[0].isFile {
			flag = "--rules"
		}
		return usage(fmt.Errorf("%s does not go with --read-only: such a run changes nothing", flag))
	case injects:
		return usage(errors.New("--heartbeat does not go with --read-only: such a run injects nothing"))
	}
	return nil
}

// compileRules returns the rules of what is given, in order. The error has all that is wrong with
// them, each with its place.
func compileRules(given []ruleText, stdin io.Reader) (rules []*rule.Rule, err error) {
	var wrong []error
	for _, g := range given {
		var these []*rule.Rule
		if g.isFile {
			text, err := readRules(g.text, stdin)
			if err != nil {
				return nil, err
			}
			these, err = rule.ParseFile(g.text, text)
			if err != nil {
				wrong = append(wrong, err)
			}
		} else {
			one, err := rule.Parse(g.text)
			if err != nil {
				wrong = append(wrong, fmt.Errorf("--rule: %w", err))
			}
			these = []*rule.Rule{one}
		}
		rules = append(rules, these...)
	}
	if len(wrong) > 0 {
		return nil, usage(errors.Join(wrong...))
	}
	return rules, nil
}

// maxRules is how many bytes of rules a file may hold.
const maxRules = 1 << 20

// readRules reads a file of rules; "-" is standard input. Where it begins with a byte order mark it
// may be UTF-16, as PowerShell writes files.
func readRules(path string, stdin io.Reader) (string, error) {
	in := stdin
	if path != stdioName {
		f, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxRules+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxRules {
		return "", usage(fmt.Errorf("%s holds more than %d bytes: are these rules?", path, maxRules))
	}
	text, _, err = transform.Bytes(unicode.BOMOverride(encoding.Nop.NewDecoder()), text)
	return string(text), err
}
