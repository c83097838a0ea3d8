package session

import (
	"fmt"
	"strings"
)

// Runs lists rising numbers in words, those that follow one another as one part: "1, 2, 5–9".
// It lists at most so many parts, and returns how many numbers are left.
func Runs[N ~int | ~uint32](numbers []N, most int) (list string, left int) {
	var parts []string
	for len(numbers) > 0 && len(parts) < most {
		last := 0
		for last+1 < len(numbers) && numbers[last+1] == numbers[last]+1 {
			last++
		}
		part := fmt.Sprint(numbers[0])
		switch last {
		case 0:
		case 1:
			part += fmt.Sprintf(", %d", numbers[last])
		default:
			part += fmt.Sprintf("–%d", numbers[last])
		}
		parts, numbers = append(parts, part), numbers[last+1:]
	}
	return strings.Join(parts, ", "), len(numbers)
}
