package protocol

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// The keys of Settings and ServerSettings that the protocol defines.
const (
	keyVersion    = "v"
	keyClient     = "client"
	keyPaddingMD5 = "padding-md5"
)

// A SettingsText is the parsed data of a Settings or ServerSettings frame (sections
// cmdSettings and cmdServerSettings): lines of "key=value", joined by "\n". The
// order of the lines carries no meaning, and is random in Go: so compare settings
// parsed, and forward them raw.
//
// The strings are as the peer sent them: see [Printable].
type SettingsText struct {
	Version    int    // v; 0 where it is missing or not a number below 65536
	Client     string // client: the program's NAME/VERSION
	PaddingMD5 string // padding-md5: of the client's scheme, see [PaddingScheme.MD5]
	Other      []KeyValue
}

// A KeyValue is one line of settings.
type KeyValue struct{ Key, Value string }

// ParseSettings decodes the data of a Settings or ServerSettings frame. Like the
// implementations, it leaves out lines that are not "key=value", and a version
// that is no number. For these, and for lines that end with a carriage return, which is
// part of the value then, it returns what it could parse together with an error that
// names the first such line and quotes it in printable form.
func ParseSettings(data []byte) (SettingsText, error) {
	var (
		s    SettingsText
		err  error
		line []byte
	)
	fail := func(n int, what string) {
		if err == nil {
			err = fmt.Errorf("settings line %d %s: %s", n, what, quoted(line))
		}
	}
	n := 0
	for line = range bytes.SplitSeq(data, []byte("\n")) {
		n++
		if len(line) == 0 {
			continue
		}
		key, value, found := bytes.Cut(line, []byte("="))
		isVersion := string(key) == keyVersion
		switch {
		case isVersion && bytes.HasSuffix(value, []byte("\r")):
			fail(n, "ends with a carriage return, so that Go peers read version 1")
		case bytes.HasSuffix(line, []byte("\r")):
			fail(n, "ends with a carriage return")
		}
		if !found {
			fail(n, "has no '='")
			continue
		}
		switch string(key) {
		case keyVersion:
			v, convErr := strconv.ParseUint(string(value), 10, 16)
			if convErr != nil {
				v = 0
				what := "has a version that is not a number below 65536"
				if errors.Is(convErr, strconv.ErrSyntax) {
					what += ", so that Go peers read version 1"
				}
				fail(n, what)
			}
			s.Version = int(v)
		case keyClient:
			s.Client = string(value)
		case keyPaddingMD5:
			s.PaddingMD5 = string(value)
		default:
			s.Other = append(s.Other, KeyValue{string(key), string(value)})
		}
	}
	return s, err
}

// maxQuoted is how much of a line an error quotes, in bytes.
const maxQuoted = 60

// quoted returns a line from the network in printable form, within quotes, or its
// beginning.
func quoted(line []byte) string {
	if len(line) > maxQuoted {
		return `"` + Printable(line[:maxQuoted]) + `…"`
	}
	return `"` + Printable(line) + `"`
}

// Append appends the wire form of s to dst and returns the extended slice.
func (s SettingsText) Append(dst []byte) []byte {
	start := len(dst)
	add := func(key, value string) {
		if len(dst) > start {
			dst = append(dst, '\n')
		}
		dst = append(append(append(dst, key...), '='), value...)
	}
	if s.Version != 0 {
		add(keyVersion, strconv.Itoa(s.Version))
	}
	if s.Client != "" {
		add(keyClient, s.Client)
	}
	if s.PaddingMD5 != "" {
		add(keyPaddingMD5, s.PaddingMD5)
	}
	for _, kv := range s.Other {
		add(kv.Key, kv.Value)
	}
	return dst
}
