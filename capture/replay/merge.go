package replay

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"anytls-inspect/capture/internal/pcapfile"
)

// A merge reads several captures as one: in the order of their packets' times, but the
// packets of each in their own order. Captures that follow one another, as those of a ring
// of files do, are read one after the other.
type merge struct {
	inputs  []*input // that have not ended, in the order of their first packets
	secrets bool     // one has a format that can have secrets
	ended   int64    // bytes that were read of those that have
	broken  brokenError
}

// newMerge returns what reads several captures. It finds their first packets.
func newMerge(inputs []*input) *merge {
	m := &merge{inputs: slices.Clone(inputs)}
	for _, in := range m.inputs {
		if in.peek() {
			m.secrets = true
		}
	}
	slices.SortStableFunc(m.inputs, func(a, b *input) int { return cmp.Compare(a.first, b.first) })
	return m
}

// HasSecrets implements packetReader.
func (m *merge) HasSecrets() bool { return m.secrets }

// Next implements packetReader. Its error at the end is a [brokenError] where not all captures
// could be read to their ends.
func (m *merge) Next(c *pcapfile.Chunk) error {
	c.Packets, c.Secrets = c.Packets[:0], c.Secrets[:0]
	for len(m.inputs) > 0 {
		starved := slices.IndexFunc(m.inputs, (*input).starved)
		if starved < 0 {
			in, until := m.earliest()
			if in.reader != nil {
				in.take(c, until)
				continue
			}
			starved = slices.Index(m.inputs, in) // it was not begun
		}
		if len(c.Packets) > 0 {
			break // before a read that may block
		}
		m.refill(starved, c)
	}
	c.Read = m.read()
	if len(c.Packets) == 0 && len(m.inputs) == 0 && len(c.Secrets) == 0 {
		return m.end()
	}
	return nil
}

// refill reads more of the i-th input, and adds the secrets that it brings.
func (m *merge) refill(i int, c *pcapfile.Chunk) {
	in := m.inputs[i]
	err := in.refill()
	c.Secrets = append(c.Secrets, in.chunk.Secrets...)
	if err == nil {
		return
	}
	m.broken.add(in.name, err)
	m.ended += in.chunk.Read
	m.inputs = slices.Delete(m.inputs, i, i+1)
}

// earliest returns the input that has the next packet, and the time up to which its packets
// come before those of all others.
func (m *merge) earliest() (first *input, until int64) {
	until = math.MaxInt64
	for _, in := range m.inputs {
		switch {
		case first == nil:
			first = in
		case in.head() < first.head():
			first, until = in, first.head()
		default:
			until = min(until, in.head())
		}
	}
	return first, until
}

// read returns how many bytes were read of all inputs.
func (m *merge) read() int64 {
	n := m.ended
	for _, in := range m.inputs {
		n += in.chunk.Read
	}
	return n
}

// end returns what the reading ends with.
func (m *merge) end() error {
	if len(m.broken.warnings)+len(m.broken.failures) > 0 {
		return &m.broken
	}
	return io.EOF
}

// A brokenError says which of several captures could not be read to their ends, and why.
type brokenError struct {
	warnings []string // of those that are cut short
	failures []error
}

// add takes what the reading of a capture ended with.
func (b *brokenError) add(name string, err error) {
	warning, failure := judge(err)
	if warning != "" {
		b.warnings = append(b.warnings, name+": "+warning)
	}
	if failure != nil {
		b.failures = append(b.failures, fmt.Errorf("%s: %w", name, failure))
	}
}

// Error implements error.
func (b *brokenError) Error() string { return errors.Join(b.failures...).Error() }

// judge says what the error means that the reading of a capture ended with: nothing at its
// end, a warning where it is cut short, else a failure.
func judge(err error) (warning string, failure error) {
	var (
		cut     *pcapfile.CutError
		unknown *pcapfile.UnknownError
	)
	switch {
	case err == nil, errors.Is(err, io.EOF):
		return "", nil
	case errors.As(err, &cut):
		return cut.Error() + ": what comes before was read; was the capturing program killed?", nil
	case errors.As(err, &unknown):
		return "", fmt.Errorf("this is no capture that can be read: %w", err)
	default:
		return "", fmt.Errorf("%w; what comes before was read", err)
	}
}
