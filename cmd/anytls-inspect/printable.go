package main

import "anytls-inspect/protocol"

// A printableError is an error whose text may hold what others wrote, made printable.
type printableError struct{ err error }

// printable returns err with a text that is safe on a terminal.
func printable(err error) error { return printableError{err} }

// Error implements error.
func (e printableError) Error() string { return protocol.Printable(e.err.Error()) }

// Unwrap returns the error that was made printable.
func (e printableError) Unwrap() error { return e.err }
