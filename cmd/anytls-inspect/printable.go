package main

import (
	"unicode/utf8"

	"anytls-inspect/protocol"
)

// A printableError is an error whose text may hold what others wrote, made printable.
type printableError struct{ err error }

// printable returns err with a text that is safe on a terminal.
func printable(err error) error { return printableError{err} }

// Error implements error.
func (e printableError) Error() string { return protocol.Printable(e.err.Error()) }

// Unwrap returns the error that was made printable.
func (e printableError) Unwrap() error { return e.err }

// visible returns text with Go escapes in place of what a terminal would take for a command, or
// not show. Its lines stay, and so do its backslashes: parts of it were made printable before.
func visible(text []byte) []byte {
	b := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		isUTF8 := r != utf8.RuneError || n > 1
		if r == '\n' || r == '\t' || protocol.IsPrint(r) && isUTF8 {
			b = append(b, text[:n]...)
		} else {
			b = append(b, protocol.Printable(text[:n])...)
		}
		text = text[n:]
	}
	return b
}
