package protocol

// Limits that everybody who handles AnyTLS shares. The limits of a wire form stand
// in its file: [MaxData] and [MaxAddress].
const (
	// MaxRecord is the most plaintext that a TLS record carries, in bytes (RFC
	// 8446, section 5.1). What is written beyond it goes into further records.
	MaxRecord = 1 << 14
	// MaxText is how much text of Settings or of a padding scheme is kept, in bytes,
	// by whoever keeps it beyond the frame. Known texts have less than 400; a hostile
	// frame has up to [MaxData].
	MaxText = 8 << 10
	// MaxStop is the highest stop of a padding scheme that is followed. It bounds the
	// work of checking a scheme, and how long whoever waits for the end of the padding
	// has to wait. Known schemes stop below 10.
	MaxStop = 1 << 10
)
