package replay

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"anytls-inspect/capture/internal/pcapfile"
	"anytls-inspect/protocol"
)

const (
	// peekSize is about how much of a capture is read to find its first packet.
	peekSize = 16 << 10
	// maxPeeked is how many bytes are kept of a capture that can't be read twice, until
	// its first packet is found. Where it has none by then, it counts as the earliest.
	maxPeeked = 1 << 20
	// mergeSize is how many bytes of each capture are read at once where there are
	// several: of those whose times overlap, all are in memory at once.
	mergeSize = 256 << 10
)

// A packetReader reads a capture, or several as one, as [pcapfile.Reader] does.
type packetReader interface {
	Next(c *pcapfile.Chunk) error
	HasSecrets() bool
}

// open returns what reads the inputs. Of several it reads the first packets, and so may
// block until pipes have them.
func open(inputs []*input, readSize int) (packetReader, error) {
	if len(inputs) > 1 {
		return newMerge(inputs), nil
	}
	r, err := pcapfile.NewReader(inputs[0].from)
	if err != nil {
		return nil, err
	}
	r.ReadSize = readSize
	return r, nil
}

// An input is one of the captures of a source.
type input struct {
	name string
	from io.Reader // at its start
	size int64     // in bytes; -1 where that is not known

	first  int64            // when its first packet was captured; math.MinInt64 where it has none
	reader *pcapfile.Reader // nil before it is begun
	chunk  pcapfile.Chunk   // what was read last
	next   int              // the first packet of chunk that was not handed on
}

// newInput returns the n-th input of a source, from 1.
func newInput(r io.Reader, n int) *input {
	in := &input{name: fmt.Sprintf("capture %d", n), from: r, size: sizeOf(r)}
	if named, ok := r.(interface{ Name() string }); ok {
		in.name = protocol.Printable(named.Name())
	}
	return in
}

// again returns the input from its start; nil where it can't be read twice.
func (in *input) again() io.Reader {
	if at, ok := in.from.(io.ReaderAt); ok && in.size >= 0 {
		return io.NewSectionReader(at, 0, in.size)
	}
	return nil
}

// peek finds out when the first packet of the input was captured, and tells whether it has
// a format that can have secrets. It leaves the input at its start. Errors come again when
// it is read.
func (in *input) peek() (hasSecrets bool) {
	in.first = math.MinInt64
	var kept *bytes.Buffer
	looked := in.again()
	if looked == nil {
		kept = new(bytes.Buffer)
		looked = io.TeeReader(in.from, kept)
		defer func() { in.from = io.MultiReader(kept, in.from) }()
	} else {
		in.from = in.again()
	}
	r, err := pcapfile.NewReader(looked)
	if err != nil {
		return false
	}
	r.ReadSize = peekSize
	for err == nil && (kept == nil || kept.Len() < maxPeeked) {
		var c pcapfile.Chunk
		if err = r.Next(&c); len(c.Packets) > 0 {
			in.first = c.Packets[0].Time
			break
		}
	}
	return r.HasSecrets()
}

// head returns when the next packet of the input was captured.
func (in *input) head() int64 {
	if in.next < len(in.chunk.Packets) {
		return in.chunk.Packets[in.next].Time
	}
	return in.first
}

// starved tells whether the input was begun, and has to be read to know its next packet.
func (in *input) starved() bool { return in.reader != nil && in.next == len(in.chunk.Packets) }

// refill reads more of the input, and begins it first. It hands out a chunk of its own each
// time: packets that were handed on are still in use.
func (in *input) refill() (err error) {
	if in.reader == nil {
		if in.reader, err = pcapfile.NewReader(in.from); err != nil {
			return err
		}
		in.reader.ReadSize = mergeSize
	}
	var fresh pcapfile.Chunk
	err = in.reader.Next(&fresh)
	in.chunk, in.next = fresh, 0
	return err
}

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
			if in, until := m.earliest(); in.reader != nil {
				in.take(c, until)
				continue
			} else {
				starved = slices.Index(m.inputs, in)
			}
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

// take hands on the packets of what was read that come until then, at least one.
func (in *input) take(c *pcapfile.Chunk, until int64) {
	from := in.next
	for in.next++; in.next < len(in.chunk.Packets) && in.chunk.Packets[in.next].Time <= until; in.next++ {
	}
	c.Packets = append(c.Packets, in.chunk.Packets[from:in.next]...)
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
