package script

import (
	"strconv"
	"strings"
	"time"
)

// String returns the script's text: see [Script.Append].
func (s Script) String() string { return string(s.Append(nil)) }

// Append appends the script's text to dst and returns the extended slice. The text
// parses to the same steps, but for their line numbers, where Parse can have made
// these. Other steps keep their bytes. It writes the password of a preamble as its
// hash.
func (s Script) Append(dst []byte) []byte {
	if len(s.Config) > 0 {
		dst = append(dst, "config"...)
		for _, kv := range s.Config {
			dst = appendWord(dst, kv.Key+"="+kv.Value)
		}
		dst = append(dst, '\n')
	}
	current := uint32(1)
	for i := range s.Steps {
		st := &s.Steps[i]
		if st.Session != current && st.Kind != Open {
			dst = append(appendSession(dst, st.Session), '\n')
		}
		current = st.Session
		dst = append(st.Append(dst), '\n')
	}
	return dst
}

// String returns the step's line: see [Step.Append].
func (st *Step) String() string { return string(st.Append(nil)) }

// Append appends the step's line to dst, without a line end, and returns the extended
// slice. The line does not say which session it is of, but where it opens it.
func (st *Step) Append(dst []byte) []byte {
	switch st.Kind {
	case Data:
		return st.appendData(dst)
	case Wait:
		return append(append(dst, "+ "...), shortened(st.Wait)...)
	case Gap, Unseen, Order:
		return st.appendEvidence(dst)
	case Gone:
		return append(append(dst, "gone "...), side(st.Dir)...)
	case Blocked, Unblocked, Waits, Goes, TLSFailed:
		return st.appendLegs(dst)
	case Rule:
		return appendRule(dst, st.Dir, &st.Applied)
	case Close:
		dst = append(append(dst, "close "...), st.By.String()...)
		if st.Text != "" {
			dst = appendQuoted(append(dst, ' '), st.Text)
		}
		return dst
	default:
		return appendWord(appendSession(dst, st.Session), st.Text)
	}
}

func appendSession(dst []byte, n uint32) []byte {
	return strconv.AppendUint(append(dst, "session "...), uint64(n), 10)
}

// shortened returns a duration without the zeros that Go ends it with.
func shortened(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
