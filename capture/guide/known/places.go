package known

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// A place is where in a file something stands, from 1; zero: it is not known.
type place struct{ line, column int }

// places says where in a file its tables and keys stand.
type places struct {
	of   map[string]place // by path, such as "implementation[0].server.command"
	keys []keyPlace
}

// A keyPlace is where a key stands, or the head of a table.
type keyPlace struct {
	path  []string // from the file down
	place place
}

// placesOf returns the places of a text in TOML that was decoded already. The decoder tells where it
// does not understand the text, and not where it does, though what stands there may be wrong all the
// same.
func placesOf(text []byte) places {
	at := places{of: make(map[string]place)}
	var p unstable.Parser
	p.Reset(text)
	var under []string            // the path of the table that the keys are in
	count := make(map[string]int) // of the tables of each list, so far
	here, seen := place{1, 1}, 0
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind != unstable.ArrayTable && e.Kind != unstable.Table && e.Kind != unstable.KeyValue {
			continue
		}
		path, offset := keyOf(e.Key())
		if len(path) == 0 {
			continue
		}
		switch e.Kind {
		case unstable.ArrayTable:
			under = path
			last := len(path) - 1
			count[join(indexed(path[:last], count), path[last])]++
		case unstable.Table:
			under = path
		default:
			path = slices.Concat(under, path)
		}
		for ; seen < offset; seen++ { // keys come in the order of the text
			if here.column++; text[seen] == '\n' {
				here = place{here.line + 1, 1}
			}
		}
		at.of[indexed(path, count)] = here
		at.keys = append(at.keys, keyPlace{path, here})
	}
	return at
}

// keyOf returns the parts of a key, and where in the text it begins.
func keyOf(key unstable.Iterator) (path []string, offset int) {
	for key.Next() {
		name := key.Node()
		if len(path) == 0 {
			offset = int(name.Raw.Offset)
		}
		path = append(path, string(name.Data))
	}
	return path, offset
}

// indexed returns a path as a text, in which each list of tables has the number of its last one.
func indexed(path []string, count map[string]int) (text string) {
	for _, name := range path {
		text = join(text, name)
		if n := count[text]; n > 0 {
			text += "[" + strconv.Itoa(n-1) + "]"
		}
	}
	return text
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// at returns where a path stands, or what is nearest above it: tables may be written in one line.
func (p places) at(path string) place {
	for path != "" {
		if where, is := p.of[path]; is {
			return where
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return place{}
}
