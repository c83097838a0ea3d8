package expression_test

import (
	"testing"

	"anytls-inspect/capture/expression"
)

func BenchmarkMatch(b *testing.B) {
	for _, source := range []string{`cmd == "SYN"`, `stream == 3`, `cmd == "PSH" && target contains "bank"`, `cmd in ["SYN", "FIN"] || age > 3s`} {
		x, err := expression.Compile(source, expression.Past)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(source, func(b *testing.B) {
			frame := sample()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := x.Match(frame); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
