package main

import "github.com/pelletier/go-toml/v2/unstable"

// keyLines says on which lines of a file, from 1, a route's table and its keys stand.
type keyLines struct {
	table int
	keys  map[string]int
}

// linesOf returns the lines of each [[route]] in a TOML text that was decoded already. The
// decoder tells where it does not understand the text, and not where it does, though what
// stands there may be wrong all the same.
func linesOf(text []byte) (tables []keyLines) {
	var p unstable.Parser
	p.Reset(text)
	within := false
	for p.NextExpression() {
		e := p.Expression()
		names := e.Key()
		if !names.Next() {
			continue
		}
		name := names.Node()
		line := p.Shape(name.Raw).Start.Line
		switch e.Kind {
		case unstable.ArrayTable, unstable.Table: // [route] will do where there is one
			within = string(name.Data) == "route"
			if within {
				tables = append(tables, keyLines{table: line, keys: make(map[string]int)})
			}
		case unstable.KeyValue:
			if within {
				tables[len(tables)-1].keys[string(name.Data)] = line
			}
		}
	}
	return tables
}
