package script

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"anytls-inspect/protocol"
)

const (
	minZeros = 8 // that are worth a word of their own between other bytes
	minText  = 6 // readable bytes that are worth it
)

// side returns the letter of the side that sends in dir.
func side(dir protocol.Direction) string { return dir.Sender().String()[:1] }

// appendData appends the line of bytes that a peer sent.
func (st *Step) appendData(dst []byte) []byte {
	dst = append(append(dst, side(st.Dir)...), "> "...)
	if h, ok := wholeFrame(st.Wire); ok && !st.Raw {
		dst = st.appendFrame(dst, h)
	} else if p, ok := wholePreamble(st.Wire); ok && !st.Raw {
		dst = hex.AppendEncode(append(dst, "PREAMBLE hash "...), p.Hash[:])
		dst = strconv.AppendUint(append(dst, ' '), uint64(p.Padding), 10)
	} else {
		dst = appendRaw(append(dst, "raw"...), st.Wire)
	}
	dst = appendFate(dst, st.Fate)
	if st.Continues {
		dst = append(dst, " ..."...)
	}
	return dst
}

// wholePreamble returns the preamble that b is, if a line PREAMBLE can say it: one
// with a padding0 of zeros.
func wholePreamble(b []byte) (p protocol.Preamble, ok bool) {
	p, ok = protocol.ParsePreamble(b)
	return p, ok && len(b) == protocol.PreambleLen+int(p.Padding) && zeros(b[protocol.PreambleLen:]) == int(p.Padding)
}

// appendFrame appends the words of a frame.
func (st *Step) appendFrame(dst []byte, h protocol.Header) []byte {
	if h.Command.Known() {
		dst = append(dst, strings.ToUpper(h.Command.String())...)
	} else {
		dst = strconv.AppendUint(dst, uint64(h.Command), 10)
	}
	if h.Stream != 0 {
		dst = strconv.AppendUint(append(dst, ' '), uint64(h.Stream), 10)
	}
	data := st.Wire[protocol.HeaderLen:]
	switch {
	case h.Command == protocol.Settings || h.Command == protocol.ServerSettings:
		if lines, ok := settings(data); ok {
			for _, l := range lines {
				dst = append(append(dst, ' '), l...)
			}
			return dst
		}
	case h.Command == protocol.PSH && st.Dir == protocol.ClientToServer:
		if a, n, ok := target(data); ok {
			dst, data = append(append(dst, " target "...), a.String()...), data[n:]
		}
	}
	return appendBytes(dst, data, " hex ")
}

// settings returns the lines of settings, if each can be a word.
func settings(data []byte) (lines []string, ok bool) {
	lines = strings.Split(string(data), "\n")
	unfit := func(l string) bool { return !strings.Contains(l, "=") || !isPlain(l) }
	return lines, !slices.ContainsFunc(lines, unfit)
}

// target returns the address that data begins with, and its length, if it has a host
// name that looks like one. Where it has an IP address there is no telling whether the
// bytes are a target or just data.
func target(data []byte) (a protocol.Address, n int, ok bool) {
	a, n, err := protocol.ParseTarget(data)
	if err != nil || a.Host == "" {
		return a, 0, false
	}
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789.-_"
	if strings.Trim(strings.ToLower(a.Host), letters) != "" {
		return a, 0, false
	}
	wire, err := protocol.AppendTarget(nil, a)
	return a, n, err == nil && data[0] == 3 && bytes.Equal(wire, data[:n])
}

// appendRaw appends the words of bytes that are no frame. The header of a frame that
// was cut is shown in its parts.
func appendRaw(dst, b []byte) []byte {
	const knownIDs = 1 << 16 // a header with a higher one is more likely none
	h, ok := protocol.ParseHeader(b)
	if ok && h.Command.Known() && h.Stream < knownIDs && int(h.Length) > len(b)-protocol.HeaderLen {
		for _, part := range [][]byte{b[:1], b[1:5], b[5:7]} {
			dst = hex.AppendEncode(append(dst, ' '), part)
		}
		b = b[protocol.HeaderLen:]
	}
	return appendBytes(dst, b, " ")
}

// appendBytes appends words for b: long runs of zeros as their number, text as text,
// and the rest as hex, behind the words in front of it.
func appendBytes(dst, b []byte, hexWord string) []byte {
	appendHex := func(part []byte) {
		if len(part) > 0 {
			dst = hex.AppendEncode(append(dst, hexWord...), part)
		}
	}
	if len(b) > 1 && zeros(b) == len(b) {
		return appendZeros(dst, len(b))
	}
	if readable(b) == len(b) && len(bytes.TrimSpace(b)) > 0 {
		return strconv.AppendQuote(append(dst, ' '), string(b))
	}
	start := 0 // of what is to be hex
	for at := 0; at < len(b); {
		switch z, t := zeros(b[at:]), readable(b[at:]); {
		case z >= minZeros:
			appendHex(b[start:at])
			dst = appendZeros(dst, z)
			at += z
			start = at
		case t >= minText:
			appendHex(b[start:at])
			dst = strconv.AppendQuote(append(dst, ' '), string(b[at:at+t]))
			at += t
			start = at
		default:
			at += max(z, t, 1)
		}
	}
	appendHex(b[start:])
	return dst
}

func appendZeros(dst []byte, n int) []byte {
	return strconv.AppendUint(append(dst, " zeros "...), uint64(n), 10)
}

// zeros returns how many zeros b begins with.
func zeros(b []byte) int {
	n := bytes.IndexFunc(b, func(r rune) bool { return r != 0 })
	if n < 0 {
		return len(b)
	}
	return n
}

// readable returns how many bytes of text b begins with.
func readable(b []byte) int {
	for at := 0; at < len(b); {
		r, size := utf8.DecodeRune(b[at:])
		broken := r == utf8.RuneError && size == 1
		if broken || !protocol.IsPrint(r) && r != '\n' && r != '\r' && r != '\t' {
			return at
		}
		at += size
	}
	return len(b)
}
