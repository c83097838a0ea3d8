package expression

import (
	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
)

// A Known says when a field of a frame is known.
type Known uint8

// When a field is known. Each includes those before it.
const (
	Header Known = iota // with the frame's header
	Past                // with the header, from what came before it in the session
	Data                // once all of the frame's data is there
	Later               // only afterwards: filters know it, rules can't
)

// A Frame has the fields of an expression.
type Frame struct {
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

// An Expression is a compiled expression. It is for one goroutine at a time.
type Expression struct {
	source  string
	program *vm.Program
	machine vm.VM
}

// Compile compiles an expression. A field that is known later than by is an error.
func Compile(source string, by Known) (*Expression, error) {
	program, err := expr.Compile(source, expr.Env(Frame{}), expr.AsBool(), expr.DisableBuiltin("len"))
	if err != nil {
		return nil, err
	}
	return &Expression{source: source, program: program}, nil
}

// Match tells whether the expression chooses a frame. One can be well formed and fail at some
// frames, as where it divides by a stream that is 0.
func (x *Expression) Match(f *Frame) (bool, error) {
	out, err := x.machine.Run(x.program, *f)
	if err != nil {
		return false, err
	}
	chosen, _ := out.(bool)
	return chosen, nil
}
