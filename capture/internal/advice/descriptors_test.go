package advice_test

import (
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"anytls-inspect/capture/internal/advice"
)

// TestDescriptors: what the relay lacks itself is told as its own, and nothing else is.
func TestDescriptors(t *testing.T) {
	dial := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", err)}
	}
	for _, tc := range []struct {
		err  error
		want string
	}{
		{dial(syscall.EMFILE), "the relay is out of file descriptors"},
		{dial(syscall.ENFILE), "this machine is out of file descriptors"},
		{dial(syscall.ECONNREFUSED), ""},
		{io.EOF, ""},
	} {
		if got := advice.Descriptors(tc.err); !strings.HasPrefix(got, tc.want) || (got == "") != (tc.want == "") {
			t.Errorf("%v: %q, want %q", tc.err, got, tc.want)
		}
	}
}
