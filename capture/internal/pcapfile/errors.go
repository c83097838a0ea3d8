package pcapfile

import "fmt"

// A FormatError says that the capture makes no sense from Offset on. What comes
// before was read.
type FormatError struct {
	Offset int64  // in bytes from the start of the capture, after decompression
	Reason string // what is wrong, and what can be done about it
}

// Error implements error: it says where the capture makes no sense, and why.
func (e *FormatError) Error() string {
	return fmt.Sprintf("the capture is damaged at offset %d: %s", e.Offset, e.Reason)
}

// A CutError says that the capture ends inside a packet record or block, as it does
// where the program that wrote it was killed. What comes before Offset was read.
type CutError struct {
	Offset int64 // where the incomplete record or block begins, after decompression
}

// Error implements error: it says where the capture is cut.
func (e *CutError) Error() string {
	return fmt.Sprintf("the capture is cut short at offset %d", e.Offset)
}

// An UnknownError says that the input is no capture, or none of a format that is
// read.
type UnknownError struct {
	Reason string // what the input is, and what can be done about it
}

// Error implements error: it says what the input is instead.
func (e *UnknownError) Error() string { return e.Reason }
