package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"anytls-inspect/capture/rule"
)

func newRulesExplain(s *stdio) *cobra.Command {
	var given []ruleText
	c := &cobra.Command{
		Use:   "explain [FILE…]",
		Short: "Say what rules do, and what known implementations make of it",
		Long: `explain says of each rule what it does to which peer, what follows from the protocol and from
what implementations are known to do, and shows the bytes of what it makes.`,
		Example: `  anytls-inspect rules explain --rule 'delay 4s where cmd == "SYNACK"'
  anytls-inspect rules explain lab.rules`,
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, files []string) error {
			for _, file := range files {
				given = append(given, ruleText{isFile: true, text: file})
			}
			if len(given) == 0 {
				return usage(errors.New("which rules? give a FILE, or --rule RULE"))
			}
			return explainRules(s, given)
		},
	}
	c.Flags().Var(&ruleValue{list: &given}, "rule", "explain `RULE`; can be repeated")
	return c
}

// explainRules prints what rules do.
func explainRules(s *stdio, given []ruleText) error {
	rules, err := numberedRules(s, given)
	if err != nil {
		return err
	}
	var b strings.Builder
	for i, r := range rules {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%d  %s\n", r.Number(), r)
		for _, sentence := range rule.Explain(r) {
			fmt.Fprintf(&b, "   %s\n", sentence)
		}
	}
	_, err = s.out.Write(visible([]byte(b.String())))
	return err
}
