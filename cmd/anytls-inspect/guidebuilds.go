package main

import (
	"cmp"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"anytls-inspect/capture/guide"
)

// tellApart names the builds of ends that have one name and version, so that no report takes one for
// another.
func tellApart(named []namedEnd, ends []guide.End) {
	alike := make(map[string][]int)
	for i := range ends {
		name := ends[i].Peer.String()
		alike[name] = append(alike[name], i)
	}
	for _, those := range alike {
		if len(those) < 2 {
			continue
		}
		paths := make([]string, len(those))
		for n, i := range those {
			if paths[n] = ends[i].Command.Words[0]; paths[n] == "" { // it is missing
				paths[n] = cmp.Or(absolute(named[i].path), "PATH")
			}
		}
		for n, build := range buildsOf(paths) {
			ends[those[n]].Peer.Build = build
		}
	}
}

// absolute returns a path from the root down, and none where none is given.
func absolute(path string) string {
	if whole, err := filepath.Abs(path); err == nil && path != "" {
		return whole
	}
	return path
}

// buildForm is that of the part of a path that can stand in a name: short, and like no remark.
var buildForm = regexp.MustCompile(`^[\p{L}\p{N}._+/@-]{1,30}$`)

// buildsOf returns names for several paths: the folders in which they differ, or else their numbers.
func buildsOf(paths []string) []string {
	split, names := make([][]string, len(paths)), make([]string, len(paths))
	for i, path := range paths {
		split[i] = strings.Split(strings.Trim(filepath.ToSlash(filepath.Clean(path)), "/"), "/")
	}
	for cutCommon(split, func(parts []string) (one string, rest []string) { return parts[0], parts[1:] }) {
	}
	for cutCommon(split, func(parts []string) (one string, rest []string) {
		return parts[len(parts)-1], parts[:len(parts)-1]
	}) {
	}
	fit, taken := true, make(map[string]bool)
	for i, parts := range split {
		names[i] = strings.Join(parts, "/")
		fit = fit && buildForm.MatchString(names[i]) && !taken[names[i]]
		taken[names[i]] = true
	}
	if !fit {
		for i := range names {
			names[i] = "#" + strconv.Itoa(i+1)
		}
	}
	return names
}

// cutCommon takes a part off each path, where it is the same in all and none is left empty by it.
func cutCommon(split [][]string, cut func([]string) (string, []string)) bool {
	first, _ := cut(split[0])
	for _, parts := range split {
		if one, rest := cut(parts); one != first || len(rest) == 0 {
			return false
		}
	}
	for i := range split {
		_, split[i] = cut(split[i])
	}
	return true
}
