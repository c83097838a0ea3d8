package tui

import (
	"slices"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestTable(t *testing.T) {
	columns := []column{
		{title: "a", least: 3, most: 3},
		{title: "b", least: 5, most: 9, rank: 2},
		{title: "c", least: 4, rank: 1},
		{title: "d", least: 0},
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
		table := newTable(columns, tt.room)
		if !slices.Equal(table.widths, tt.want) {
			t.Errorf("in %d cells the columns take %v, want %v", tt.room, table.widths, tt.want)
		}
		s := newStyles(look{})
		if got := ansi.StringWidth(table.header(&s.row, tt.room)); got != tt.room {
			t.Errorf("in %d cells the header takes %d", tt.room, got)
		}
	}
}
