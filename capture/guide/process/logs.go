package process

// Patterns find the guide's lines in the log of an end. They are regular expressions; an empty
// one stands for the common one.
type Patterns struct {
	Received string // HeartRequest received
	Sent     string // HeartResponse sent
	Response string // HeartResponse received
	Trouble  string // an error or a warning
	Harmless string // of those, what is none; empty: nothing
}

// Lines are what a log has of one kind.
type Lines struct {
	Count uint64
	First string // printable, without ANSI escapes, cut where it is long; empty: none
}

// Findings are what a log has.
type Findings struct {
	Lines                             uint64 // all that were read
	Received, Sent, Response, Trouble Lines
}

// ReadLog reads a log from one offset to another, in bytes; to < 0: its end.
func (p Patterns) ReadLog(path string, from, to int64) (Findings, error) { panic("to be built") }

// Tail returns the last lines of a file, at most n, printable and without ANSI escapes.
func Tail(path string, n int) []string { panic("to be built") }
