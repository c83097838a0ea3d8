// Package interop runs real traffic between AnyTLS implementations as their
// authors ship them, through the relay and past it, and holds the relay to what
// came of it. Its README says how to run it.
//
// It is a module of its own: the program's module graph stays free of what only
// the peers need, and the peers are built as programs, never linked.
package interop
