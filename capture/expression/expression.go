package expression

import (
	"fmt"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
)

// An Expression is a compiled expression. It is for one goroutine at a time: others [Expression.Clone]
// it.
type Expression struct {
	source      string
	literals    []*literal
	program     *vm.Program
	uses        uint32 // a bit a field
	machine     vm.VM
	environment environment
}

// Compile compiles an expression. A field that is known later than by is an error; so are
// unknown names and types that do not fit. It is an [*Error].
func Compile(source string, by Known) (*Expression, error) {
	if len(source) > maxSource {
		return nil, newError(source[:80], 0, fmt.Sprintf("the expression is too long: it has %d bytes, and %d are allowed", len(source), maxSource))
	}
	masked, literals, err := mask(source)
	if err != nil {
		return nil, err
	}
	var program *vm.Program
	r := &reader{source: source, by: by, literals: make(map[string]*literal, len(literals))}
	for _, l := range literals {
		r.literals[l.name] = l
	}
	options := append(onlyAllowed(), expr.Env(Frame{}), expr.AsBool(), expr.MaxNodes(maxNodes), expr.Patch(r))
	if _, err = expr.Compile(masked, options...); err == nil {
		// Apart, since Expr finds no wrong types in what a visitor has put somewhere.
		program, err = expr.Compile(masked, append(options, metering()...)...)
	}
	if r.refused != nil {
		return nil, r.refused
	}
	if err != nil {
		return nil, r.explain(err)
	}
	for _, l := range literals {
		if !l.used {
			return nil, newError(source, l.at, "no duration can stand here")
		}
	}
	x := &Expression{source: source, literals: literals, program: program, uses: r.uses}
	return x.Clone(), nil
}

// Clone returns the same expression, for another goroutine.
func (x *Expression) Clone() *Expression {
	clone := &Expression{source: x.source, literals: x.literals, program: x.program, uses: x.uses}
	clone.machine.MemoryBudget = maxElements
	return clone
}

// String returns the source.
func (x *Expression) String() string { return x.source }

// Uses tells whether the expression uses a field.
func (x *Expression) Uses(field string) bool {
	i := find(field)
	return i >= 0 && x.uses&(1<<i) != 0
}

// Needs returns when all fields that the expression uses are known.
func (x *Expression) Needs() (by Known) {
	for i, f := range fields {
		if x.uses&(1<<i) != 0 {
			by = max(by, f.Known)
		}
	}
	return by
}

// Match tells whether the expression chooses a frame. One can be well formed and fail at some frames, as where it divides by a stream that is 0: that is an
// [*Error].
func (x *Expression) Match(f *Frame) (bool, error) {
	x.environment.set(f, x.uses)
	out, err := x.machine.Run(x.program, &x.environment)
	if x.uses&(1<<textField) != 0 {
		x.forget()
	}
	if err != nil {
		return false, explain(err, x.source, x.literals)
	}
	chosen, _ := out.(bool)
	return chosen, nil
}

// forget lets go of the frame's data, and of what was made of it: both can be long, and sessions
// in which nothing passes keep their expressions.
func (x *Expression) forget() {
	x.environment.Text = nil
	x.machine = vm.VM{MemoryBudget: maxElements}
}
