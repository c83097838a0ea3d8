package rule_test

import (
	"testing"

	"anytls-inspect/protocol"
)

// BenchmarkJudge measures what a frame costs that rules look at: where none of them is on,
// where one never matches, by its header or by its stream's target, and where one always does.
func BenchmarkJudge(b *testing.B) {
	for _, bench := range []struct{ name, rule string }{
		{"off", ""},
		{"header", `delay 1s where cmd == "SYNACK" && stream > 1`},
		{"target", `hold where cmd == "PSH" && target contains "bank"`},
		{"always", `delay 1s where dir == "c2s"`},
		{"chance", `corrupt with 0.01 where cmd == "PSH"`},
	} {
		b.Run(bench.name, func(b *testing.B) {
			all := book(b, 1, `join where true`)
			all.Set(1, false)
			if bench.rule != "" {
				if _, err := all.Add(bench.rule); err != nil {
					b.Fatal(err)
				}
			}
			j := session(all, 1)[c2s]
			h := protocol.Header{Command: protocol.PSH, Stream: 3, Length: 1000}
			data := make([]byte, h.Length)
			b.ReportAllocs()
			for b.Loop() {
				if j.On() {
					j.Frame(began, h, false, data, true)
				}
			}
		})
	}
}
