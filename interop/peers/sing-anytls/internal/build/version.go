// Package build tells what a program around the reference's library was built of.
package build

import "runtime/debug"

const library = "github.com/anytls/sing-anytls"

// Version returns the name and version of the library that is in this program.
func Version() string {
	info, _ := debug.ReadBuildInfo() // there is none: nothing is known
	if info != nil {
		for _, module := range info.Deps {
			if module.Path == library {
				return "sing-anytls " + module.Version
			}
		}
	}
	return "sing-anytls of an unknown version"
}
