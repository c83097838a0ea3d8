package script

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"anytls-inspect/protocol"
)

// parseData reads the rest of a line of bytes that dir's sender sent.
func parseData(dir protocol.Direction, l line) (Step, error) {
	st := Step{Kind: Data, Dir: dir}
	if last := len(l) - 1; last >= 0 && l[last] == (word{text: "..."}) {
		st.Continues, l = true, l[:last]
	}
	name, err := l.next("the command")
	switch {
	case err != nil:
		return st, err
	case name.quoted:
		return st, fmt.Errorf("no command %q", name.text)
	case strings.EqualFold(name.text, "preamble"):
		err = st.preamble(&l)
	case strings.EqualFold(name.text, "raw"):
		err = st.raw(&l)
	default:
		err = st.frame(name.text, &l)
	}
	if err != nil {
		return st, err
	}
	return st, l.end()
}

// preamble reads a preamble.
func (st *Step) preamble(l *line) error {
	var p protocol.Preamble
	hash, err := l.hash()
	if err != nil {
		return err
	}
	if hash != nil {
		copy(p.Hash[:], hash)
	} else {
		password, err := l.next("the password")
		if err != nil {
			return err
		}
		p.Hash = protocol.HashPassword(password.text)
	}
	padding, err := l.number("the length of padding0", 16)
	if err != nil {
		return err
	}
	p.Padding = uint16(padding)
	st.Wire = p.Append(nil)
	for {
		if more, err := l.fate(&st.Fate); !more || err != nil {
			return err
		}
	}
}

// hash takes "hash" and the hash of a password. It returns nil where the line goes on
// with a password. That may be "hash": it is told by the single word that follows.
func (l *line) hash() ([]byte, error) {
	if len(*l) < 3 || (*l)[2].quoted || !isNumber((*l)[2].text) || !l.skip("hash") {
		return nil, nil
	}
	digits, _ := l.next("")
	hash, err := hex.DecodeString(digits.text)
	if err != nil || len(hash) != sha256.Size {
		return nil, fmt.Errorf("%q is no hash, want %d hex digits", digits.text, 2*sha256.Size)
	}
	return hash, nil
}

// raw reads bytes that are no frame, or a part of one.
func (st *Step) raw(l *line) error {
	st.Raw = true
	for len(*l) > 0 {
		said, err := l.fate(&st.Fate)
		if err != nil {
			return err
		}
		if said {
			continue
		}
		wire, err := l.bytes(st.Wire)
		if err != nil {
			return err
		}
		if len(wire) > maxLine {
			return fmt.Errorf("the line has more than %d bytes", maxLine)
		}
		st.Wire = wire
	}
	return nil
}

// frame reads a frame.
func (st *Step) frame(name string, l *line) error {
	command, err := protocol.ParseCommand(name)
	if err != nil {
		return err
	}
	var stream uint64
	if len(*l) > 0 && !(*l)[0].quoted && isNumber((*l)[0].text) {
		if stream, err = l.number("the stream id", 32); err != nil {
			return err
		}
	}
	var data []byte
	for len(*l) > 0 {
		said, err := l.fate(&st.Fate)
		if err != nil {
			return err
		}
		if said {
			continue
		}
		if data, err = l.data(data); err != nil {
			return err
		}
		if len(data) > protocol.MaxData {
			return protocol.ErrDataTooLong
		}
	}
	st.Wire, err = protocol.AppendFrame(nil, command, uint32(stream), data)
	return err
}

// data takes a part of a frame's data, and appends it to dst.
func (l *line) data(dst []byte) ([]byte, error) {
	switch {
	case l.skip("hex"):
		return l.hex(dst)
	case l.skip("target"):
		a, err := l.address("target")
		if err != nil {
			return dst, err
		}
		return protocol.AppendTarget(dst, a)
	case l.skip("request"):
		a, err := l.address("request")
		if err != nil {
			return dst, err
		}
		return protocol.UoTRequest{Destination: a}.Append(dst)
	case l.skip("connect"):
		a, err := l.address("connect")
		if err != nil {
			return dst, err
		}
		return protocol.UoTRequest{Connect: true, Destination: a}.Append(dst)
	case l.skip("datagram"):
		a, err := l.address("datagram")
		if err != nil {
			return dst, err
		}
		payload, err := l.next("the datagram's payload")
		if err != nil {
			return dst, err
		}
		return protocol.AppendDatagram(dst, protocol.Datagram{Address: a, Payload: []byte(payload.text)}, false)
	}
	switch first := (*l)[0]; {
	case first.quoted || first.text == "zeros":
		return l.bytes(dst)
	case strings.Contains(first.text, "="): // settings
		*l = (*l)[1:]
		if len(dst) > 0 {
			dst = append(dst, '\n')
		}
		return append(dst, first.text...), nil
	default:
		return dst, fmt.Errorf("%q is not understood here", first.text)
	}
}

// bytes takes text, zeros or hex, and appends it to dst. The line must not be at its
// end.
func (l *line) bytes(dst []byte) ([]byte, error) {
	if l.skip("zeros") {
		n, err := l.number("the number of zeros", 16)
		if err != nil {
			return dst, err
		}
		return append(dst, make([]byte, n)...), nil
	}
	if first := (*l)[0]; first.quoted {
		*l = (*l)[1:]
		return append(dst, first.text...), nil
	}
	return l.hex(dst)
}

// hex takes hex digits, and appends their bytes to dst.
func (l *line) hex(dst []byte) ([]byte, error) {
	w, err := l.next("hex")
	if err != nil {
		return dst, err
	}
	b, err := hex.DecodeString(w.text)
	if err != nil || w.quoted {
		return dst, fmt.Errorf("%q is no hex", w.text)
	}
	return append(dst, b...), nil
}

// address takes HOST:PORT.
func (l *line) address(after string) (protocol.Address, error) {
	w, err := l.next("the address after " + after)
	if err != nil {
		return protocol.Address{}, err
	}
	colon := strings.LastIndex(w.text, ":")
	port, err := strconv.ParseUint(w.text[colon+1:], 10, 16)
	if colon < 0 || err != nil {
		return protocol.Address{}, fmt.Errorf("%q is no HOST:PORT", w.text)
	}
	return protocol.Address{Host: strings.Trim(w.text[:colon], "[]"), Port: uint16(port)}, nil
}

// isNumber tells whether text is digits.
func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
