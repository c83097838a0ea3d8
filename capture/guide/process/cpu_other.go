//go:build !linux

package process

import "time"

func cpu(int, int) (time.Duration, error) { return 0, ErrNoCPU }
