package replay

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"math"

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

// take hands on the packets of what was read that come until then, at least one.
func (in *input) take(c *pcapfile.Chunk, until int64) {
	read, end := in.chunk.Packets, in.next+1
	for end < len(read) && read[end].Time <= until {
		end++
	}
	c.Packets = append(c.Packets, read[in.next:end]...)
	in.next = end
}

// sizeOf returns the size of an input in bytes, -1 where that is not known.
func sizeOf(r io.Reader) int64 {
	switch r := r.(type) {
	case interface{ Stat() (fs.FileInfo, error) }:
		if info, err := r.Stat(); err == nil && info.Mode().IsRegular() {
			return info.Size()
		}
	case interface{ Size() int64 }:
		return r.Size()
	}
	return -1
}
