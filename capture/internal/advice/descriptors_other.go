//go:build !unix

package advice

// descriptorLimit returns how many file descriptors the process may have; 0: it is not known.
func descriptorLimit() uint64 { return 0 }
