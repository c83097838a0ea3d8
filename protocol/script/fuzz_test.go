package script_test

import (
	"strings"
	"testing"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
)

// FuzzParse holds that no text makes Parse panic, and that a text that parses,
// printed, parses to the same.
func FuzzParse(f *testing.F) {
	for _, text := range sessionScripts(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := script.Parse(text)
		if err != nil && !strings.HasPrefix(err.Error(), "line ") {
			t.Fatal(err)
		}
		size := 0
		for i := range s.Steps {
			size += len(s.Steps[i].Wire)
		}
		const most = 16 << 10 // more takes long, and shows nothing new
		if err != nil || size > most {
			return
		}
		checkSame(t, text)
	})
}

// FuzzCutter holds that arbitrary bytes, cut into arbitrary records, come back.
func FuzzCutter(f *testing.F) {
	for _, text := range sessionScripts(f) {
		s, err := script.Parse(text)
		if err != nil {
			f.Fatal(err)
		}
		var wires protocol.ByDirection[[]byte]
		for _, st := range s.Steps {
			wires[st.Dir] = append(wires[st.Dir], st.Wire...)
		}
		f.Add(wires[c2s], wires[s2c], []byte{30, 0, 200, 1, 7})
	}
	f.Fuzz(func(t *testing.T, client, server, cuts []byte) {
		const most = 256 // bytes of a side
		at := 0
		checkRecords(t, client[:min(most, len(client))], server[:min(most, len(server))], func(top int) int {
			if len(cuts) == 0 {
				return top
			}
			at++
			return int(cuts[at%len(cuts)]) % (top + 1)
		})
	})
}
