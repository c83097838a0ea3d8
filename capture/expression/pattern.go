package expression

import (
	"errors"
	"regexp"
	"regexp/syntax"

	"github.com/expr-lang/expr/ast"
)

const (
	// stepInstructions is how many instructions of a regular expression go over stepBytes of a
	// text in a step: each may look at each character.
	stepInstructions = 16
	// patternSteps are the steps that it takes to make a regular expression that is not known
	// before, and maxPattern bounds its text.
	patternSteps = 1000
	maxPattern   = 1000
)

// errPattern fails an evaluation that makes a regular expression of a long text.
var errPattern = errors.New("the pattern is too long")

// match does what "matches" does with a pattern that is not known before.
func (e *environment) match(text, pattern any) (bool, error) {
	if text == nil || pattern == nil {
		return false, nil
	}
	t, isText := text.(string)
	p, isPattern := pattern.(string)
	if !isText || !isPattern {
		return false, errors.New("matches is for texts")
	}
	if len(p) > maxPattern {
		return false, errPattern
	}
	each, err := patternCost(p)
	if err != nil {
		return false, err
	}
	if err := e.take(patternSteps + (1+size(t))*each); err != nil {
		return false, err
	}
	return regexp.MatchString(p, t)
}

// patternCost returns how many steps a regular expression takes over stepBytes of a text.
func patternCost(pattern string) (int, error) {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0, err
	}
	return 1 + len(program.Inst)/stepInstructions, nil
}

// scanned makes a text count that is matched with a known pattern. One that is wrong costs
// nothing: Expr refuses it.
func scanned(text ast.Node, pattern string) ast.Node {
	each, err := patternCost(pattern)
	if err != nil || each == 1 {
		return searched(text)
	}
	return counting(text, scanName, text, at(text, &ast.IntegerNode{Value: each}))
}
