package expression

import (
	"regexp"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// May tells whether the expression can choose a frame of which only these fields are known,
// by name: an int, a string or a bool each. It says false only where no value of the others
// can make the expression choose the frame.
func (x *Expression) May(known map[string]any) bool {
	chosen, decided := guess(x.program.Node(), known).(bool)
	return !decided || chosen
}

// guess returns what a part of an expression is, as far as the known fields decide it; else
// nil.
func guess(node ast.Node, known map[string]any) any {
	switch n := node.(type) {
	case *ast.IdentifierNode:
		return known[n.Value]
	case *ast.BoolNode:
		return n.Value
	case *ast.IntegerNode:
		return n.Value
	case *ast.StringNode:
		return n.Value
	case *ast.ConstantNode:
		switch n.Value.(type) {
		case int, string, bool:
			return n.Value
		}
	case *ast.UnaryNode:
		if b, ok := guess(n.Node, known).(bool); ok && (n.Operator == "!" || n.Operator == "not") {
			return !b
		}
	case *ast.ConditionalNode:
		if b, ok := guess(n.Cond, known).(bool); ok && b {
			return guess(n.Exp1, known)
		} else if ok {
			return guess(n.Exp2, known)
		}
	case *ast.BinaryNode:
		return guessBinary(n, known)
	case *ast.CallNode:
		return guess(scannedOf(n), known)
	}
	return nil
}

// maxGuessed is how many steps a pattern may take over a short text that is tried in a guess.
const maxGuessed = 64

// scannedOf returns the text that a call counts which is matched with a pattern; nil where it is
// none, or where it takes long to match it.
func scannedOf(call *ast.CallNode) ast.Node {
	if callee, ok := call.Callee.(*ast.IdentifierNode); !ok || callee.Value != scanName {
		return nil
	}
	if each, ok := call.Arguments[2].(*ast.IntegerNode); !ok || each.Value > maxGuessed {
		return nil
	}
	return call.Arguments[1]
}

// guessBinary returns what an operator makes of its two sides.
func guessBinary(n *ast.BinaryNode, known map[string]any) any {
	left := guess(n.Left, known)
	if n.Operator == "in" {
		return guessIn(left, n.Right, known)
	}
	right := guess(n.Right, known)
	switch n.Operator {
	case "and", "&&":
		return guessBoth(left, right, false)
	case "or", "||":
		return guessBoth(left, right, true)
	}
	if left == nil || right == nil {
		return nil
	}
	switch l := left.(type) {
	case int:
		if r, ok := right.(int); ok {
			return compare(n.Operator, l, r)
		}
	case string:
		if r, ok := right.(string); ok {
			return compareText(n.Operator, l, r)
		}
	case bool:
		if r, ok := right.(bool); ok && (n.Operator == "==" || n.Operator == "!=") {
			return (l == r) == (n.Operator == "==")
		}
	}
	return nil
}

// guessBoth returns what "and" or "or" makes of two sides, of which one alone decides where
// it is this value.
func guessBoth(left, right any, decides bool) any {
	switch {
	case left == decides || right == decides:
		return decides
	case left == nil || right == nil:
		return nil
	default:
		return !decides
	}
}

// guessIn tells whether a list has a value, as far as that is known.
func guessIn(value any, list ast.Node, known map[string]any) any {
	if value == nil {
		return nil
	}
	switch n := list.(type) {
	case *ast.ConstantNode:
		switch set := n.Value.(type) {
		case map[string]struct{}:
			text, _ := value.(string)
			_, has := set[text]
			return has
		case map[int]struct{}:
			number, _ := value.(int)
			_, has := set[number]
			return has
		}
	case *ast.ArrayNode:
		decided := true
		for _, element := range n.Nodes {
			switch e := guess(element, known); e {
			case value:
				return true
			case nil:
				decided = false
			}
		}
		if decided {
			return false
		}
	}
	return nil
}

// compare returns what an operator makes of two numbers.
func compare(operator string, l, r int) any {
	switch operator {
	case "==":
		return l == r
	case "!=":
		return l != r
	case "<":
		return l < r
	case "<=":
		return l <= r
	case ">":
		return l > r
	case ">=":
		return l >= r
	}
	return nil
}

// compareText returns what an operator makes of two texts.
func compareText(operator, l, r string) any {
	switch operator {
	case "==":
		return l == r
	case "!=":
		return l != r
	case "contains":
		return strings.Contains(l, r)
	case "startsWith":
		return strings.HasPrefix(l, r)
	case "endsWith":
		return strings.HasSuffix(l, r)
	case "matches":
		if matched, err := regexp.MatchString(r, l); err == nil {
			return matched
		}
	}
	return nil
}
