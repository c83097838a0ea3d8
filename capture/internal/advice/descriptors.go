package advice

import (
	"errors"
	"fmt"
	"syscall"
)

// Descriptors says what to do where err is that the relay itself, or its machine, has no file
// descriptors left, and "" where it is another: no peer is to blame for that.
func Descriptors(err error) string {
	switch {
	case errors.Is(err, syscall.EMFILE):
		limit := ""
		if n := descriptorLimit(); n > 0 {
			limit = fmt.Sprintf(" (limit %d)", n)
		}
		return "the relay is out of file descriptors" + limit + ": raise ulimit -n, or LimitNOFILE where systemd starts it; a session takes two, a recording and each output one more"
	case errors.Is(err, syscall.ENFILE):
		return "this machine is out of file descriptors: raise fs.file-max, or end what has so many files open"
	default:
		return ""
	}
}
