// Package anytlsinspect is the root of the module, and holds no code: only the tests
// of the module as a whole, which say who may import whom, how long a file may be,
// and that the documents name what is there.
//
// The program is in cmd/anytls-inspect. docs/architecture.md shows how it is built,
// and CONTRIBUTING.md where things are. Its parts, from the ground up:
//
//	protocol           the wire format of AnyTLS
//	protocol/session   what the frames of a session mean
//	capture            the contract between sources and readers; below it, both
//	tui                the screen
package anytlsinspect
