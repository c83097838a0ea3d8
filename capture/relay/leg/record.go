package leg

// Lengths in bytes.
const (
	// MaxPlaintext is what one record carries at most (RFC 8446, section 5.1).
	MaxPlaintext = 16 << 10
	// Front is the room in front of a record that [Leg.Next] returns: for bytes that the
	// caller adds, and for the header and the explicit nonce of TLS 1.2 (RFC 5288,
	// section 3), 13 together, when it is sealed in place.
	Front = 32
	// Behind is the room behind it: for the content type (RFC 8446, section 5.2) and
	// the tag, 17 together.
	Behind = 32
)

// A Record is the plaintext of one TLS record in a buffer that has room in front of it and
// behind it, so that nothing is moved to seal it in place. The buffer is the leg's that
// returned it.
//
// [Leg.Write] may overwrite the room. So who splits a record, and needs what lies around a
// part still, writes a copy of that part (NewRecord).
type Record struct {
	buf      []byte // with the room
	from, to int    // the plaintext
}

// NewRecord returns a record with a copy of b, in a buffer of its own.
func NewRecord(b []byte) Record {
	r := Record{buf: make([]byte, Front+len(b)+Behind), from: Front, to: Front + len(b)}
	copy(r.Bytes(), b)
	return r
}

// Bytes returns the plaintext, in the record's buffer.
func (r Record) Bytes() []byte { return r.buf[r.from:r.to] }

// Len returns the length of the plaintext.
func (r Record) Len() int { return r.to - r.from }

// Extend returns the record with n bytes more in front, whose values are left as they are
// in the room. It panics where there is not that much room.
func (r Record) Extend(n int) Record {
	r.from -= n
	_ = r.buf[r.from:]
	return r
}

// Part returns the record of the bytes from and before to of r's plaintext, in the same
// buffer: the rest of r belongs to its room.
func (r Record) Part(from, to int) Record {
	return Record{buf: r.buf, from: r.from + from, to: r.from + to}
}
