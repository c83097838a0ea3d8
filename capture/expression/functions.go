package expression

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr"

	"anytls-inspect/protocol"
)

// Functions returns the names of Expr's functions that expressions have. Left out are those
// that read the clock, as no field is a time; those that can make very much of very little,
// such as repeat and join; and those that go through lists of lists, for which that may take
// for ever. Nor is there count, since a field has that name.
func Functions() []string { return slices.Clone(functions[:]) }

// functions is sorted. It is never written to.
var functions = [...]string{
	"abs", "all", "any", "bitand", "bitnand", "bitnot", "bitor", "bitshl", "bitshr", "bitushr", "bitxor", "ceil", "duration",
	"filter", "find", "findIndex", "findLast", "findLastIndex", "first", "float", "floor", "get", "hasPrefix", "hasSuffix", "indexOf",
	"int", "keys", "last", "lastIndexOf", "lower", "map", "none", "one", "reduce", "round", "split", "splitAfter", "sum", "take",
	"trim", "trimPrefix", "trimSuffix", "type", "upper", "values",
}

// allowed tells whether expressions have a function of Expr.
func allowed(name string) bool {
	_, ok := slices.BinarySearch(functions[:], name)
	return ok
}

// onlyAllowed are the options that leave out the other functions, but for those of which the
// parser makes a loop: these the visitor refuses.
func onlyAllowed() []expr.Option {
	options := []expr.Option{expr.DisableAllBuiltins()}
	for _, name := range functions {
		options = append(options, expr.EnableBuiltin(name))
	}
	return options
}

// unknownField says that a name is no field's, and which there are.
func unknownField(name string, by Known) string {
	of := names(by)
	near := suggestion(name, of)
	if _, err := protocol.ParseCommand(name); err == nil || name == "c2s" || name == "s2c" {
		near = ` (a text stands in quotes, such as "` + name + `")`
	}
	return "unknown name " + name + near + "; the fields are " + strings.Join(of, ", ")
}

// unknownFunction says that a name is no function's, and which there are.
func unknownFunction(name string) string {
	return "unknown function " + name + suggestion(name, functions[:]) + "; the functions are " + strings.Join(functions[:], ", ")
}
