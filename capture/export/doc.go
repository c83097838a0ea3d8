// Package export writes what the journal holds for other programs and for
// people who don't want a screen: JSON Lines and text.
//
// The events and their fields are a contract: scripts rely on them.
package export
