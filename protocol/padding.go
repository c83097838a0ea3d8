package protocol

import (
	"bytes"
	"crypto/md5" //nolint:gosec // the protocol identifies padding schemes by md5
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
)

// DefaultPaddingScheme is the text of the scheme that every client starts with
// (section cmdUpdatePaddingScheme).
const DefaultPaddingScheme = `stop=8
0=30-30
1=100-400
2=400-500,c,500-1000,c,500-1000,c,500-1000,c,500-1000
3=9-9,500-1000
4=500-1000
5=500-1000
6=500-1000
7=500-1000`

// DefaultPaddingStop is the stop of [DefaultPaddingScheme]. Where a client's scheme
// is not known, this stop is assumed.
const DefaultPaddingStop = 8

// A PaddingScheme shapes the client's first writes to TLS (section paddingScheme).
// Slot 0 is the length of padding0. Slot n ≥ 1 lists the sizes of TLS plaintext
// that the n-th write of the session is cut into and filled up to. From slot Stop
// on, writes go out as they are.
type PaddingScheme struct {
	Text string // as the peer sent it: see [Printable]
	Stop int
	// Flawed says that a part could not be parsed. Clients differ in what they make of
	// such a scheme.
	Flawed bool
	slots  map[int][]PaddingSize
}

// A PaddingSize is one item of a slot. It is a range of sizes in bytes, both at
// least 1, or the check mark "c": there the write ends if no payload is left.
type PaddingSize struct {
	Min, Max int
	Check    bool
}

// Errors of [ParsePaddingScheme].
var (
	ErrSchemeNoStop = errors.New("padding scheme: no stop=N line")
	ErrSchemeStop   = errors.New("padding scheme: stop is not a number")
)

// ParsePaddingScheme parses the data of an UpdatePaddingScheme frame, as the
// reference does: it takes the last line of each key, and leaves out lines, and
// items of a line, that it can't read. For these it returns the scheme together
// with an error that names the first such line. Without a valid stop it returns no
// scheme, and an error that is [ErrSchemeNoStop] or [ErrSchemeStop], and says what the
// text may be instead.
func ParsePaddingScheme(text []byte) (*PaddingScheme, error) {
	s := &PaddingScheme{Text: string(text), slots: make(map[int][]PaddingSize)}
	var err error
	stop := noStop(text)
	n := 0
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		n++
		key, value, found := bytes.Cut(line, []byte("="))
		if string(key) == "stop" && found {
			s.Stop, stop = parseStop(value)
			continue
		}
		slot, isSlot := parseSlot(key)
		if !found || !isSlot {
			if err == nil && len(line) > 0 {
				err = fmt.Errorf("padding scheme: line %d is not slot=sizes: %s", n, quoted(line))
			}
			continue
		}
		sizes, flaw := parseSizes(value)
		if flaw != nil && err == nil {
			err = fmt.Errorf("padding scheme: line %d has an item that is not min-max or c: %s", n, quoted(flaw))
		}
		s.slots[slot] = sizes
	}
	if stop != nil {
		return nil, stop
	}
	s.Flawed = err != nil
	return s, err
}

// noStop returns the error of a text without a stop.
func noStop(text []byte) error {
	if start := bytes.TrimLeft(text, " \t\r\n"); len(start) > 0 && (start[0] == '{' || start[0] == '[') {
		return fmt.Errorf("%w: it is JSON, and should be lines of key=value", ErrSchemeNoStop)
	}
	return ErrSchemeNoStop
}

// parseStop parses the value of stop.
func parseStop(value []byte) (stop int, err error) {
	v, err := strconv.ParseUint(string(value), 10, 31)
	switch {
	case err == nil:
		return int(v), nil
	case bytes.HasSuffix(value, []byte("\r")):
		return 0, fmt.Errorf("%w: its line ends with a carriage return, and must end with a line feed alone: %s", ErrSchemeStop, quoted(value))
	case bytes.HasPrefix(value, []byte("-")):
		return 0, fmt.Errorf("%w from 0 on, so that Go clients pad for ever: %s", ErrSchemeStop, quoted(value))
	default:
		return 0, fmt.Errorf("%w: %s", ErrSchemeStop, quoted(value))
	}
}

// parseSlot parses a slot's number. A number has one spelling only, since the
// reference looks slots up as text: "01" is none.
func parseSlot(key []byte) (n int, ok bool) {
	v, err := strconv.ParseUint(string(key), 10, 31)
	return int(v), err == nil && strconv.FormatUint(v, 10) == string(key)
}

// parseSizes parses the items of a slot. flaw is the first that it left out, nil where
// there is none.
func parseSizes(value []byte) (sizes []PaddingSize, flaw []byte) {
	for item := range bytes.SplitSeq(value, []byte(",")) {
		if string(item) == "c" {
			sizes = append(sizes, PaddingSize{Check: true})
			continue
		}
		from, to, _ := bytes.Cut(item, []byte("-"))
		lo, err1 := strconv.ParseUint(string(from), 10, 31)
		hi, err2 := strconv.ParseUint(string(to), 10, 31)
		if err1 != nil || err2 != nil || lo == 0 || hi == 0 {
			if flaw == nil {
				flaw = append([]byte{}, item...) // not nil, where the item is empty
			}
			continue
		}
		sizes = append(sizes, PaddingSize{Min: int(min(lo, hi)), Max: int(max(lo, hi))})
	}
	return sizes, flaw
}

// MD5 returns the lower-case hex md5 of the scheme's raw text. Settings name the
// client's scheme by it.
func (s *PaddingScheme) MD5() string {
	sum := md5.Sum([]byte(s.Text)) //nolint:gosec // the protocol's choice
	return hex.EncodeToString(sum[:])
}

// Slot returns the items of a slot. The slice is the scheme's own, and must not be
// changed. It is nil for a slot that the scheme does not name, and from Stop on:
// such a write goes out as it is.
func (s *PaddingScheme) Slot(n int) []PaddingSize {
	if n >= s.Stop {
		return nil
	}
	return s.slots[n]
}
