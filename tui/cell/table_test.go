package cell

import (
	"slices"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestTable(t *testing.T) {
	columns := []Column{
		{Title: "a", Least: 3, Most: 3},
		{Title: "b", Least: 5, Most: 9, Rank: 2},
		{Title: "c", Least: 4, Rank: 1},
		{Title: "d", Least: 0, Rank: 2},
	}
	tests := []struct {
		room int
		want []int
	}{
		{40, []int{3, 9, 26, 0}},
		{14, []int{3, 5, 4, 0}},
		{13, []int{3, 0, 9, 0}},
		{8, []int{3, 0, 4, 0}},
		{7, []int{3, 0, 0, 0}},
		{1, []int{3, 0, 0, 0}},
	}
	for _, tt := range tests {
		table := NewTable(columns, tt.room)
		if !slices.Equal(table.widths, tt.want) {
			t.Errorf("in %d cells the columns take %v, want %v", tt.room, table.widths, tt.want)
		}
		s := NewStyles(Look{})
		if got := ansi.StringWidth(table.Header(&s.Row, tt.room)); got != tt.room {
			t.Errorf("in %d cells the header takes %d", tt.room, got)
		}
	}
}
