package protocol

import (
	"encoding/binary"
	"errors"
)

const (
	// HeaderLen is the length of a frame's header, in bytes: command (1), stream id
	// (4), data length (2).
	HeaderLen = 7
	// MaxData is the most data that a frame can carry, in bytes.
	MaxData = 1<<16 - 1
)

// ErrDataTooLong says that data does not fit into one frame.
var ErrDataTooLong = errors.New("protocol: frame data longer than 65535 bytes")

// A Header is the fixed part of a frame (section Session).
type Header struct {
	Command Command
	Length  uint16 // length of the data that follows, in bytes
	Stream  uint32 // stream id; 0 for frames of session scope
}

// ParseHeader decodes the header at the start of b. ok is false where b is shorter
// than a header. Any seven bytes are a header.
func ParseHeader(b []byte) (h Header, ok bool) {
	if len(b) < HeaderLen {
		return Header{}, false
	}
	return Header{
		Command: Command(b[0]),
		Stream:  binary.BigEndian.Uint32(b[1:5]),
		Length:  binary.BigEndian.Uint16(b[5:7]),
	}, true
}

// Append appends the wire form of h to dst and returns the extended slice.
func (h Header) Append(dst []byte) []byte {
	dst = append(dst, byte(h.Command))
	dst = binary.BigEndian.AppendUint32(dst, h.Stream)
	return binary.BigEndian.AppendUint16(dst, h.Length)
}

// A Frame is a whole frame.
type Frame struct {
	Command Command
	Stream  uint32 // 0 for frames of session scope
	Data    []byte // at most [MaxData] bytes
}

// Header returns the frame's header. Its length is wrong where the data does not fit
// into a frame.
func (f Frame) Header() Header {
	return Header{Command: f.Command, Stream: f.Stream, Length: uint16(len(f.Data))}
}

// Append is [AppendFrame] for the frame.
func (f Frame) Append(dst []byte) ([]byte, error) {
	return AppendFrame(dst, f.Command, f.Stream, f.Data)
}

// AppendFrame appends a whole frame to dst and returns the extended slice. Where
// data does not fit into a frame it returns dst unchanged and [ErrDataTooLong].
func AppendFrame(dst []byte, c Command, stream uint32, data []byte) ([]byte, error) {
	if len(data) > MaxData {
		return dst, ErrDataTooLong
	}
	dst = Header{Command: c, Stream: stream, Length: uint16(len(data))}.Append(dst)
	return append(dst, data...), nil
}
