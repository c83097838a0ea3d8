// Package expression compiles the expressions that choose frames: one language for the flag
// -f, the screen, rules and control. It is the Expr language (github.com/expr-lang/expr) over
// the fields of a [Frame], which [Fields] lists, with two differences:
//
//   - A duration such as 50ms, 3s or 1m30s stands for what the call duration("50ms") returns.
//   - Of Expr's functions, those are left out that read the clock, or that can make very much
//     of very little: see [Functions].
//
// Compiling goes so:
//
//  1. The durations are found, and names of the same length are put in their place. So each
//     place in the source stays where it is.
//  2. Expr parses the source and checks its types. A visitor puts each duration where its name
//     stands, and takes note of the fields that are used.
//  3. Another visitor makes loops, and what makes or searches texts, count their steps.
//     An expression that takes too many fails there.
//  4. A field that is known too late, and what Expr finds wrong, become an [Error] that shows
//     the place in what the user wrote.
//
// Nothing in the package starts a goroutine, holds a lock or reads a clock.
package expression
