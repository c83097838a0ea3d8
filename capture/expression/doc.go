// Package expression compiles the expressions that choose frames: one language for the flag
// -f, the screen, rules and control. It is the Expr language over the fields of a [Frame].
package expression
