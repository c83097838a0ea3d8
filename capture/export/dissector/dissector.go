// Package dissector holds the Wireshark dissector for AnyTLS: a Lua script, so that
// a stock Wireshark or tshark takes it. How to use it stands at its head. It needs
// Wireshark 4.0 or later.
package dissector

import _ "embed"

// The script's parts, in order: each uses what those before it define.
var (
	//go:embed fields.lua
	fields string
	//go:embed meaning.lua
	meaning string
	//go:embed session.lua
	session string
)

// Lua returns the script, to be used as one file.
func Lua() string { return fields + "\n" + meaning + "\n" + session }
