package guide

import (
	"testing"

	"go.uber.org/goleak"

	"anytls-inspect/capture/guide/pairtest"
)

func TestMain(m *testing.M) {
	pairtest.Main() // as a child
	goleak.VerifyTestMain(m)
}
