package expression

import (
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
)

// A reader is the visitor that puts durations where their names stand, and takes note of the
// fields that are used.
type reader struct {
	source   string
	by       Known
	literals map[string]*literal
	uses     uint32   // a bit a field
	called   []string // names of functions that Expr does not have, or that are left out
	refused  *Error   // what it refuses first, from the source's beginning on
}

// Visit implements [ast.Visitor]. Children come before their parents.
func (r *reader) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		r.name(node, n)
	case *ast.UnaryNode:
		if c, ok := n.Node.(*ast.ConstantNode); ok && n.Operator == "-" {
			if d, ok := c.Value.(time.Duration); ok {
				ast.Patch(node, &ast.ConstantNode{Value: -d})
			}
		}
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok {
			r.called = append(r.called, callee.Value)
		}
	case *ast.BuiltinNode:
		if !allowed(n.Name) {
			r.refuse(n, unknownFunction(n.Name))
		}
	}
}

// name reads a name: of a duration, of a field, or of all of them.
func (r *reader) name(node *ast.Node, n *ast.IdentifierNode) {
	if l := r.literals[n.Value]; l != nil {
		l.used = true
		ast.Patch(node, &ast.ConstantNode{Value: l.value})
		return
	}
	if n.Value == "$env" {
		r.uses = 1<<len(fields) - 1
		if r.by < Later {
			r.refuse(n, "$env has all fields, and some are known only once the frame has passed: rules can't use it")
		}
		return
	}
	i := find(n.Value)
	if i < 0 {
		return
	}
	r.uses |= 1 << i
	if f := fields[i]; f.Known > r.by {
		text := f.Name + " is " + f.Known.When() + ": "
		if f.Known == Later {
			text += "rules can't use it, filters can"
		} else {
			text += "it can't be used here"
		}
		r.refuse(n, text)
	}
}

// refuse takes note of what is wrong with a node, where nothing is wrong before it.
func (r *reader) refuse(n ast.Node, reason string) {
	at := offset(r.source, n.Location().From)
	if r.refused == nil || at < r.refused.At {
		r.refused = newError(r.source, at, reason)
	}
}

// explain explains an error of Expr. It says of an unknown name which there are.
func (r *reader) explain(err error) *Error {
	literals := make([]*literal, 0, len(r.literals))
	for _, l := range r.literals {
		literals = append(literals, l)
	}
	e := explain(err, r.source, literals)
	if name, ok := strings.CutPrefix(e.Reason, "unknown name "); ok {
		if slices.Contains(r.called, name) {
			e.Reason = unknownFunction(name)
		} else {
			e.Reason = unknownField(name, r.by)
		}
	}
	e.Reason = strings.ReplaceAll(e.Reason, "time.Duration", "duration")
	if strings.HasSuffix(e.Reason, "(mismatched types duration and int)") || strings.HasSuffix(e.Reason, "(mismatched types int and duration)") {
		e.Reason += "; a duration is written as in 3s or 50ms"
	}
	return e
}
