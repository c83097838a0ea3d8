// Package command has every action that a user can ask the screen for, once: its name,
// its keys, what the help and the footer say of it, when it is enabled, and what it runs.
// All else derives from that table: the help from [Set.Groups], the footer from
// [Set.Hints], what a key does from [Set.Find].
//
// A [Command] runs an [Action], which is plain data: it says what is to be done, and the
// screen's model does it. So the table knows no model, and whatever else asks for
// something, such as a dialog, returns an Action too. What decides whether a command is
// enabled is plain data as well, a [State].
//
// The rows stand in a file for each group of the help, in the order of the help. A row
// is all that a command needs here.
//
// The package starts no goroutine, holds no lock, and keeps no state.
package command
