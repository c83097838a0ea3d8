package report

import (
	"testing"
)

// TestMayBe: the bound of a median is the value that with more than the doubt as many of a sample
// are above as below.
func TestMayBe(t *testing.T) {
	for n, want := range map[int]int{1: 1, 2: 2, 3: 3, 5: 5, 6: 6, 8: 7, 20: 15, 30: 20, 1000: 527, 4000: 2053} {
		list := make([]float64, n)
		for i := range list {
			list[i] = float64(i + 1)
		}
		if got := mayBe(list, 0.05); got != float64(want) {
			t.Errorf("of %d values the bound is the %v, want the %d", n, got, want)
		}
	}
}
