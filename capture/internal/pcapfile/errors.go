package pcapfile

import "fmt"

// A FormatError is a file, or a part of one, that makes no sense. What came
// before Offset was read.
type FormatError struct {
	Offset int64  // in bytes from the start of the capture, after decompression
	Reason string // what is wrong, and what can be done about it
}

// Error says where the file makes no sense, and why.
func (e *FormatError) Error() string {
	return fmt.Sprintf("the capture is damaged at offset %d: %s", e.Offset, e.Reason)
}

// A CutError is a file that ends inside a block, as it does when what wrote it
// was killed. What came before Offset was read.
type CutError struct {
	Offset int64 // where the incomplete block begins, after decompression
}

// Error says where the file is cut.
func (e *CutError) Error() string {
	return fmt.Sprintf("the capture is cut short at offset %d", e.Offset)
}

// An UnknownError is a file that is no capture, or none of a kind that is read.
type UnknownError struct {
	Reason string // what it is, and what can be done about it
}

// Error says what the file is instead.
func (e *UnknownError) Error() string { return e.Reason }
