package pairtest_test

import (
	"testing"

	"go.uber.org/goleak"

	"anytls-inspect/capture/guide/pairtest"
)

func TestMain(m *testing.M) {
	pairtest.Main()
	goleak.VerifyTestMain(m)
}
