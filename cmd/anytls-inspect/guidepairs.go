package main

import (
	"cmp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"anytls-inspect/capture/guide"
	"anytls-inspect/protocol"
)

// maxFolderEnd bounds what of an end's name is in that of a folder, in bytes: systems take 255.
const maxFolderEnd = 100

// pairFolders returns names for the folders of pairs, each another, such as
// "anytls-rs_0.5.4--sing-box_1.13.5". A pair that is alone needs none.
func pairFolders(pairs []guide.Config) []string {
	names := make([]string, len(pairs))
	if len(pairs) == 1 {
		return names
	}
	taken := make(map[string]bool) // in small letters: some systems know no others
	for i := range pairs {
		base := folderEnd(pairs[i].Server.Peer.String(), protocol.Server) + "--" + folderEnd(pairs[i].Client.Peer.String(), protocol.Client)
		names[i] = base
		for n := 2; taken[strings.ToLower(names[i])]; n++ {
			names[i] = base + "-" + strconv.Itoa(n)
		}
		taken[strings.ToLower(names[i])] = true
	}
	return names
}

// folderEnd returns what stands for an end in the name of a folder: of its name, whoever chose it,
// letters and digits, and signs that mean nothing to any system.
func folderEnd(name string, p protocol.Peer) string {
	safe := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-+._", r) && r != unicode.ReplacementChar {
			return r
		}
		return '_'
	}, cmp.Or(name, p.String()))
	for len(safe) > maxFolderEnd {
		_, last := utf8.DecodeLastRuneInString(safe)
		safe = safe[:len(safe)-last]
	}
	// A sign in front hides a folder, or makes it look like a flag.
	return cmp.Or(strings.Trim(safe, ".-"), p.String())
}
