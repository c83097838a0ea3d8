// Package filter compiles the expressions that choose the frames to show, such as those
// of the flag -f. A reader of the journal asks the compiled predicate about each entry.
package filter

import (
	"fmt"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// fields are the variables of an expression.
type fields struct {
	Session  int    `expr:"session"`
	Route    string `expr:"route"` // empty where there is one
	Dir      string `expr:"dir"`   // c2s or s2c
	Cmd      string `expr:"cmd"`   // the command's name, or preamble
	Code     int    `expr:"code"`
	Stream   int    `expr:"stream"`
	Len      int    `expr:"len"`
	Injected bool   `expr:"injected"`
	Absorbed bool   `expr:"absorbed"`
}

// Compile returns the predicate that an expression stands for, such as
//
//	cmd == "PSH" && stream == 3
//	cmd startsWith "Heart" || len > 16000
//
// The source is in the Expr language, over the variables session, route, dir, cmd, code,
// stream, len, injected and absorbed. The error says where the source is wrong. The
// predicate is for one goroutine at a time, and keeps no entry.
func Compile(source string) (func(*journal.Entry) bool, error) {
	program, err := expr.Compile(source, expr.Env(fields{}), expr.AsBool(), expr.DisableBuiltin("len"))
	if err != nil {
		return nil, fmt.Errorf("filter %q: %w", source, err)
	}
	var machine vm.VM
	return func(e *journal.Entry) bool {
		out, err := machine.Run(program, fields{
			Session: int(e.Session), Route: e.Route, Dir: e.Dir.String(), Cmd: e.Name(), Code: int(e.Header.Command),
			Stream: int(e.Header.Stream), Len: int(e.Header.Length),
			Injected: e.Fate.Made(), Absorbed: e.Fate.Kind == session.Absorbed,
		})
		show, _ := out.(bool)
		// An expression that fails, as at a division by zero, matches nothing.
		return err == nil && show
	}, nil
}
