package rule

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
)

// maxPreview is how many bytes, and how many characters of a script, a preview shows.
const maxPreview = 48

// Preview shows bytes that a rule sends: as hex, in the parts of a frame where they are one
// whole frame, and in the script form. It is printable, and not long. Of a preamble it does not
// show the hash, which is the credential.
func Preview(wire []byte) string {
	if isPreamble(wire) {
		return fmt.Sprintf("a preamble with a padding0 of %d bytes", len(wire)-protocol.PreambleLen)
	}
	line := script.Step{Kind: script.Data, Wire: wire}
	text := []rune(strings.TrimPrefix(line.String(), "c> "))
	if len(text) > maxPreview {
		text = append(text[:maxPreview], '…')
	}
	parts := []int{len(wire)}
	if h, ok := protocol.ParseHeader(wire); ok && int(h.Length) == len(wire)-protocol.HeaderLen {
		parts = []int{1, 5, protocol.HeaderLen, len(wire)}
	}
	var shown []string
	at := 0
	for _, end := range parts {
		if end = min(end, maxPreview); end > at {
			shown = append(shown, hex.EncodeToString(wire[at:end]))
			at = end
		}
	}
	if len(wire) > maxPreview {
		shown = append(shown, fmt.Sprintf("… (%d bytes)", len(wire)))
	}
	return strings.Join(shown, " ") + " = " + string(text)
}

// number returns a number without needless digits.
func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
