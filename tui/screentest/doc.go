// Package screentest is what tests of screens share: a terminal whose screen is read while a program
// draws on it, and text that would harm one.
package screentest
