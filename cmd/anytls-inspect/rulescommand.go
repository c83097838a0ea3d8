package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"anytls-inspect/capture/expression"
	"anytls-inspect/capture/rule"
)

func newRules(s *stdio) *cobra.Command {
	c := &cobra.Command{
		Use:   "rules check|explain",
		Short: "Check and explain rules: what a relay does with frames",
		Long:  rulesHelp(),
		Example: `  anytls-inspect demo --rule 'delay 4s where cmd == "SYNACK"'
  anytls-inspect rules explain --rule 'split 32,2 where preamble'
  anytls-inspect rules check lab.rules`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage(fmt.Errorf("unknown command%s below rules%s", quoted(args[0]), suggestCommand(c, args[0])))
			}
			return usage(errors.New("what about rules? give check or explain"))
		},
	}
	c.AddCommand(newRulesCheck(s), newRulesExplain(s))
	for _, below := range c.Commands() {
		complete(below)
	}
	return c
}

// rulesHelp returns what the language of rules is, in short.
func rulesHelp() string {
	return `A rule says what a relay does with some frames, one rule a line:

  ACTION [ARGS] [once | times N | every N | with P] [after D] [for D] [toward PEER] where EXPR

Actions: delay [all] D, hold [all] [D], throttle [all] RATE, drop, duplicate [N],
replace data|stream|command|frame …, corrupt [data|header], insert [behind] FRAME, split N,…,
join, stall D, cut [reset|close_notify|fin], sequence ACTION; ACTION ….

EXPR chooses the frames, as that of -f does. It knows
` + fieldsHelp(expression.Header) + fieldsHelp(expression.Past) + fieldsHelp(expression.Data) + `
and compares times such as 50ms: age > 2s. docs/lab.md has all of it, with examples.`
}

// fieldsHelp returns a line of the fields that are known at a time.
func fieldsHelp(by expression.Known) string {
	var names []string
	for _, f := range expression.Fields() {
		if f.Known == by {
			names = append(names, f.Name)
		}
	}
	return fmt.Sprintf("  %s (%s)\n", strings.Join(names, ", "), by.When())
}

func newRulesCheck(s *stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE…",
		Short: "Tell whether the rules in files are right, and where they are not",
		Long: `check prints a line for each rule, with its number in a run that is given these files. Where
rules are wrong it says what is wrong with each, and where, and the exit code is 2. - is standard
input.`,
		Example: `  anytls-inspect rules check lab.rules
  echo 'drop every 3 where cmd == "HeartResponse"' | anytls-inspect rules check -`,
		Args: someArgs("which rules? give a FILE"),
		RunE: func(_ *cobra.Command, files []string) error { return checkRules(s, files) },
	}
}

// checkRules prints the rules of files.
func checkRules(s *stdio, files []string) error {
	var given []ruleText
	for _, file := range files {
		given = append(given, ruleText{isFile: true, text: file})
	}
	rules, err := numberedRules(s, given)
	if err != nil {
		return err
	}
	for _, r := range rules {
		if _, err := fmt.Fprintf(s.out, "%d  %s\n", r.Number(), visible([]byte(r.String()))); err != nil {
			return err
		}
	}
	return nil
}

// numberedRules returns rules with the numbers that they have in a run.
func numberedRules(s *stdio, given []ruleText) ([]*rule.Rule, error) {
	rules, err := compileRules(given, s.in)
	if err != nil {
		return nil, err
	}
	book, err := rule.NewBook(rules, 1)
	if err != nil {
		return nil, usage(err)
	}
	return book.Rules(), nil
}
