package protocol

// Limits that everybody who handles AnyTLS shares. Those of the wire form itself
// stand with it: [HeaderLen], [MaxData], [PreambleLen], [MaxAddress].
const (
	// MaxRecord is the most plaintext that a TLS record carries, in bytes (RFC
	// 8446, section 5.1). What is written beyond it goes into further records.
	MaxRecord = 1 << 14
	// MaxText is how much of the text of Settings or of a padding scheme is kept, in
	// bytes, where it is kept at all. The known ones have less than 400; a frame may
	// carry [MaxData].
	MaxText = 8 << 10
	// MaxStop is the highest stop of a padding scheme that is followed. Beyond it a
	// client is taken to be unshaped: else a server could make whoever waits for the
	// end of the padding wait for ever. The known schemes have less than 10.
	MaxStop = 1 << 10
)
