package guide

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"anytls-inspect/capture/guide/pairtest"
)

func TestMain(m *testing.M) {
	pairtest.Main() // as a child
	// A run waits for half of its time: more of them than there are processors take no longer. Tests
	// that hold what a pair comes to under load are not parallel.
	if err := flag.Set("test.parallel", "4"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}
