// Package dissector holds the Wireshark dissector for AnyTLS. It is a Lua script, so
// that a stock Wireshark or tshark loads it, from version 4.0 on. Its head says how
// to use it.
//
// It rests on the same protocol document as package protocol, and a test holds its
// numbers of commands to that package's.
package dissector

import _ "embed"

// The parts of the script. Each uses what the parts before it define.
var (
	//go:embed fields.lua
	fields string
	//go:embed meaning.lua
	meaning string
	//go:embed fate.lua
	fate string
	//go:embed session.lua
	session string
)

// Lua returns the script as one file.
func Lua() string { return fields + "\n" + meaning + "\n" + fate + "\n" + session }
