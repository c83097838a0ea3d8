package pcaptest

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// OneSide returns the lines of a key log whose label has this word: CLIENT or SERVER.
func OneSide(keys []byte, side string) []byte {
	return lines(keys, func(label string) bool { return strings.Contains(label, side) })
}

// HandshakeOnly returns the lines of a key log that have the secrets of TLS 1.3's handshake.
func HandshakeOnly(keys []byte) []byte {
	return lines(keys, func(label string) bool { return strings.Contains(label, "HANDSHAKE") })
}

// TrafficOnly returns the lines of a key log that have the secrets of TLS 1.3's traffic.
func TrafficOnly(keys []byte) []byte {
	return lines(keys, func(label string) bool { return strings.Contains(label, "_TRAFFIC_SECRET_0") })
}

// lines returns the lines of a key log whose label is wanted.
func lines(keys []byte, wanted func(label string) bool) (out []byte) {
	for line := range bytes.Lines(keys) {
		if label, _, _ := bytes.Cut(line, []byte(" ")); wanted(string(label)) {
			out = append(out, line...)
		}
	}
	return out
}

// Others returns a key log as of other sessions: each random is another.
func Others(keys []byte) (out []byte) {
	for line := range bytes.Lines(keys) {
		fields := bytes.SplitN(bytes.Clone(line), []byte(" "), 3)
		if len(fields) == 3 {
			for i, c := range fields[1] {
				if c == '9' || c == 'f' {
					fields[1][i] = '0'
				} else {
					fields[1][i]++
				}
				if c == 'F' || fields[1][i] == ':' {
					fields[1][i] = '0'
				}
			}
		}
		out = append(out, bytes.Join(fields, []byte(" "))...)
	}
	return out
}

// UTF16 returns a key log in UTF-16 with the line ends of Windows, as PowerShell writes it.
func UTF16(keys []byte) []byte {
	text := strings.ReplaceAll(string(keys), "\n", "\r\n")
	out := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out
}
