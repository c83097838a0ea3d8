package expression

import (
	"errors"
	"slices"

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
	// maxSteps bounds the rounds of all loops of an evaluation, and what is made, searched and
	// compared in it: an element of a list is a step, and so are stepBytes of a text.
	maxSteps  = 100_000
	stepBytes = 64
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

// The names of the functions that count: a round of a loop, a text or a list of texts, any other
// value, a text that is matched. No source can have them.
const (
	roundName = "a round"
	textName  = "a text"
	listName  = "a list"
	scanName  = "a scan"
	matchName = "a match"
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
		expr.Function(listName, func(args ...any) (any, error) {
			return args[1], args[0].(*environment).take(1 + size(args[1]))
		}, new(func(*environment, any) any)),
		expr.Function(scanName, func(args ...any) (any, error) {
			return args[1], args[0].(*environment).take((1 + size(args[1])) * args[2].(int))
		}, new(func(*environment, string, int) string), new(func(*environment, any, int) any)),
		expr.Function(matchName, func(args ...any) (any, error) {
			return args[0].(*environment).match(args[1], args[2])
		}, new(func(*environment, any, any) bool)),
	}
}

// size returns how many steps a value takes to make, to search or to compare, whose elements
// may be one another's many times over. Of one that takes too many it says at least so.
func size(value any) int { return sizeUpTo(value, maxSteps) }

// sizeUpTo counts no further than needed to know that a value takes more steps than most.
func sizeUpTo(value any, most int) (n int) {
	switch v := value.(type) {
	case string:
		return len(v) / stepBytes
	case []string:
		return len(v)
	case []int:
		return len(v)
	case []any:
		n = len(v)
		for i := 0; i < len(v) && n <= most; i++ {
			n += sizeUpTo(v[i], most-n)
		}
	case map[string]any:
		n = len(v)
		for _, element := range v {
			if n > most {
				break
			}
			n += sizeUpTo(element, most-n)
		}
	}
	return n
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
			if pattern, known := n.Right.(*ast.StringNode); known {
				n.Left = scanned(n.Left, pattern.Value)
			} else {
				*node = counting(n, matchName, n.Left, n.Right)
			}
		case "==", "!=":
			if !isFlat(n.Left) && !isFlat(n.Right) {
				n.Left = counting(n.Left, listName, n.Left)
			}
		case "in":
			if !isPlain(n.Left) {
				n.Left = counting(n.Left, listName, n.Left)
			}
			if !isShort(n.Right) {
				n.Right = counting(n.Right, listName, n.Right)
			}
		}
	case *ast.ArrayNode:
		if !allPlain(n.Nodes) {
			*node = counting(n, listName, n)
		}
	case *ast.MapNode:
		if !allPlain(n.Pairs) {
			*node = counting(n, listName, n)
		}
	case *ast.BuiltinNode:
		switch n.Name {
		case "split", "splitAfter":
			n.Arguments[0] = searched(n.Arguments[0])
			*node = counting(n, textName, n)
		case "upper", "lower":
			*node = counting(n, textName, n)
		case "map":
			*node = counting(n, listName, n)
		case "indexOf", "lastIndexOf", "trim", "int", "float", "duration":
			if mayBeText(n.Arguments[0]) {
				n.Arguments[0] = searched(n.Arguments[0])
			}
		}
	}
}

// searched makes a text that is searched count, but for a field that is never long, and for one
// that stands in the source.
func searched(text ast.Node) ast.Node {
	if _, ok := text.(*ast.StringNode); ok {
		return text
	}
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

// isPlain tells whether a node's value has no elements.
func isPlain(n ast.Node) bool {
	nature := n.Nature()
	return nature.IsString() || nature.IsInteger || nature.IsFloat || nature.IsBool() || nature.IsDuration() || nature.Nil
}

// isFlat tells whether a node is plain, or a list in the source of what is.
func isFlat(n ast.Node) bool {
	list, ok := n.(*ast.ArrayNode)
	return isPlain(n) || ok && allPlain(list.Nodes)
}

// allPlain tells whether no element of a list or a map has elements.
func allPlain(elements []ast.Node) bool {
	return !slices.ContainsFunc(elements, func(n ast.Node) bool {
		if pair, ok := n.(*ast.PairNode); ok {
			n = pair.Value
		}
		return !isPlain(n)
	})
}

// isShort tells whether a list has no more elements than the source has, or is not gone through:
// it is a range, or a map.
func isShort(list ast.Node) bool {
	switch n := list.(type) {
	case *ast.ArrayNode, *ast.MapNode:
		return true
	case *ast.BinaryNode:
		return n.Operator == ".."
	case *ast.IdentifierNode:
		return find(n.Value) >= 0
	default:
		return false
	}
}
