package pcapfile

// A Packet is one packet of a capture.
type Packet struct {
	// Time is when the packet was captured, in nanoseconds since 1970 UTC. A Simple
	// Packet Block of pcapng has no time: it gets that of the packet before it.
	Time int64
	// Data is what was captured of it, from the link layer on. It aliases the
	// chunk.
	Data []byte
	// Length is how long the packet was on the wire, in bytes. That is more than
	// Data holds where the capture was made with a short snap length.
	Length int
	// Interface is where it was captured. Packets share it.
	Interface *Interface
	// Comment is the first of its comments, nil where it has none. It aliases the
	// chunk.
	Comment []byte
	// Offset is where the packet's record or block begins in the capture.
	Offset int64
}

// An Interface is one interface of a capture. A pcap file has one, without a name.
type Interface struct {
	LinkType    uint16 // its LINKTYPE_ number: 1 is Ethernet
	Name        string
	Description string

	snap  uint32 // length of the longest packet, in bytes; 0 for no limit
	ticks resolution
}

// A Chunk is a run of packets, and the memory that they lie in. A chunk that is
// used again keeps its memory. The zero value is ready.
type Chunk struct {
	Packets []Packet
	// Secrets are the TLS key logs of the run's Decryption Secrets Blocks. They
	// alias the chunk.
	Secrets [][]byte
	// Read is how many bytes of the input were read so far: compressed ones, where
	// it is compressed.
	Read int64

	buf []byte
}

const (
	// readSize is how many bytes are asked for at once, unless [Reader.ReadSize]
	// says otherwise.
	readSize = 128 << 10
	// MaxBlock is the length of the longest packet record or block that is read, in
	// bytes: 64 times that of the longest packet that libpcap captures.
	MaxBlock = 16 << 20
)

// begin empties the chunk, makes room for about size bytes behind tail, and copies
// tail to the start of its buffer. It returns the length of tail.
func (c *Chunk) begin(tail []byte, size int) int {
	c.Packets, c.Secrets = c.Packets[:0], c.Secrets[:0]
	if need := len(tail) + size/2; len(c.buf) < need || len(c.buf) > 4*size && need < size {
		c.buf = make([]byte, max(need, size))
	}
	return copy(c.buf, tail)
}

// grow doubles the buffer, of which n bytes are in use.
func (c *Chunk) grow(n int) {
	buf := make([]byte, 2*len(c.buf))
	copy(buf, c.buf[:n])
	c.buf = buf
}
