// Package filter compiles the expressions that say which frames are shown.
package filter

import (
	"fmt"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"anytls-inspect/capture/journal"
)

// fields are what an expression can speak of.
type fields struct {
	Session  int    `expr:"session"`
	Dir      string `expr:"dir"` // c2s or s2c
	Cmd      string `expr:"cmd"` // the command's name, or preamble
	Code     int    `expr:"code"`
	Stream   int    `expr:"stream"`
	Len      int    `expr:"len"`
	Injected bool   `expr:"injected"`
	Absorbed bool   `expr:"absorbed"`
}

// Compile returns the predicate that source stands for, such as
//
//	cmd == "PSH" && stream == 3
//	cmd startsWith "Heart" || len > 16000
//
// Source is an expression of the Expr language over the fields session, dir,
// cmd, code, stream, len, injected and absorbed. The predicate is for one
// goroutine at a time.
func Compile(source string) (func(*journal.Entry) bool, error) {
	program, err := expr.Compile(source, expr.Env(fields{}), expr.AsBool(), expr.DisableBuiltin("len"))
	if err != nil {
		return nil, fmt.Errorf("filter %q: %w", source, err)
	}
	var machine vm.VM
	return func(e *journal.Entry) bool {
		out, err := machine.Run(program, fields{
			Session: int(e.Session), Dir: e.Dir.String(), Cmd: e.Name(), Code: int(e.Header.Command),
			Stream: int(e.Header.Stream), Len: int(e.Header.Length),
			Injected: e.Injected, Absorbed: e.Absorbed,
		})
		show, _ := out.(bool)
		// What can't be evaluated (a division by zero) matches nothing.
		return err == nil && show
	}, nil
}
