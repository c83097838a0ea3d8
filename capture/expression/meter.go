package expression

import (
	"errors"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
)

const (
	// maxSource bounds a source, in bytes. Parsers go deeper with each parenthesis.
	maxSource = 8 << 10
	// maxNodes bounds what a source means.
	maxNodes = 4000
	// maxElements bounds the elements of the lists that an evaluation makes.
	maxElements = 20_000
	// maxSteps bounds the rounds of all loops of an evaluation, and what is made and searched in
	// it: an element of a list is a step, and so are stepBytes of a text.
	maxSteps  = 100_000
	stepBytes = 64
	// patternSteps are the steps that a regular expression takes which is not known before.
	patternSteps = 1000
)

// errSteps fails an evaluation that takes too long.
var errSteps = errors.New("it takes too many steps")

// take counts steps.
func (e *environment) take(steps int) error {
	if e.steps += steps; e.steps > maxSteps {
		return errSteps
	}
	return nil
}

// The names of the functions that count. No source can have them.
const (
	roundName   = "a round"
	textName    = "a text"
	patternName = "a pattern"
)

// metering are the options that make an expression count its steps.
func metering() []expr.Option {
	return []expr.Option{
		expr.Patch(meter{}),
		expr.Function(roundName, func(args ...any) (any, error) {
			return true, args[0].(*environment).take(1)
		}, new(func(*environment) bool)),
		expr.Function(textName, func(args ...any) (any, error) {
			return args[1], args[0].(*environment).take(1 + size(args[1]))
		}, new(func(*environment, string) string), new(func(*environment, []string) []string), new(func(*environment, any) any)),
		expr.Function(patternName, func(args ...any) (any, error) {
			return args[1], args[0].(*environment).take(patternSteps + size(args[1]))
		}, new(func(*environment, string) string), new(func(*environment, any) any)),
	}
}

// size returns how many steps a text, or a list of texts, takes to make or to search.
func size(value any) int {
	switch v := value.(type) {
	case string:
		return len(v) / stepBytes
	case []string:
		return len(v)
	default:
		return 0
	}
}

// A meter is the visitor that makes expressions count their steps.
type meter struct{}

// Visit implements [ast.Visitor].
func (meter) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.PredicateNode:
		n.Node = at(n, &ast.SequenceNode{Nodes: []ast.Node{counting(n, roundName), n.Node}})
	case *ast.BinaryNode:
		switch n.Operator {
		case "+":
			if mayBeText(n.Left) || mayBeText(n.Right) {
				*node = counting(n, textName, n)
			}
		case "contains":
			n.Left = searched(n.Left)
		case "matches":
			n.Left = searched(n.Left)
			if _, known := n.Right.(*ast.StringNode); !known {
				n.Right = counting(n.Right, patternName, n.Right)
			}
		}
	case *ast.BuiltinNode:
		switch n.Name {
		case "split", "splitAfter", "upper", "lower":
			*node = counting(n, textName, n)
		case "indexOf", "lastIndexOf":
			n.Arguments[0] = searched(n.Arguments[0])
		}
	}
}

// searched makes a text that is searched count, but for a field that is never long.
func searched(text ast.Node) ast.Node {
	if field, ok := text.(*ast.IdentifierNode); ok && field.Value != "text" && find(field.Value) >= 0 {
		return text
	}
	return counting(text, textName, text)
}

// counting returns a call of one of the functions that count, in the place of a node.
func counting(n ast.Node, name string, args ...ast.Node) ast.Node {
	frame := at(n, &ast.IdentifierNode{Value: "$env"})
	return at(n, &ast.CallNode{Callee: at(n, &ast.IdentifierNode{Value: name}), Arguments: append([]ast.Node{frame}, args...)})
}

// at gives a new node the place of another.
func at(of, n ast.Node) ast.Node {
	n.SetLocation(of.Location())
	return n
}

// mayBeText tells whether a node may have a text for its value.
func mayBeText(n ast.Node) bool {
	if _, ok := n.(*ast.CallNode); ok {
		return true
	}
	nature := n.Nature()
	return nature.IsString() || nature.Type == nil || !nature.IsInteger && !nature.IsFloat && !nature.IsDuration()
}
