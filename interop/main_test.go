package interop

import "testing"

// complain fails the test with each of the problems.
func complain(t *testing.T, problems []string) {
	t.Helper()
	for _, problem := range problems {
		t.Error(problem)
	}
}
