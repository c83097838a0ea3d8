package rule

import (
	"math"
	"strconv"
	"strings"
	"time"

	"anytls-inspect/protocol"
)

// Limits on what a rule can say.
const (
	// maxWait is the longest time that a rule can name. What is longer is a mistake.
	maxWait = 24 * time.Hour
	// maxCopies is the most copies of one frame.
	maxCopies = 100
	// maxSizes is the most records that a rule can name the sizes of.
	maxSizes = 4096
	// maxRate is the highest rate, in bytes per second.
	maxRate = 1 << 40
)

const allowedTime = "a time is a number and its unit, such as 50ms, 2.5s or 1m30s"

// duration takes a time. what says what it is for.
func (p *parser) duration(what string) (time.Duration, error) {
	w, err := p.argument(what, allowedTime)
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(w.text)
	switch {
	case err != nil:
		return 0, p.wrong(w, allowedTime, "%s is no time", w.text)
	case d <= 0:
		return 0, p.wrong(w, allowedTime, "%s must be more than 0", what)
	case d > maxWait:
		return 0, p.wrong(w, allowedTime, "%s can't be more than 24h", what)
	}
	return d, nil
}

// isDuration tells whether a word looks like a time.
func (w word) isDuration() bool {
	return !w.quoted && strings.ContainsAny(w.text[:1], "0123456789.+-")
}

// number takes a number between two bounds.
func (p *parser) number(what string, least, most uint64) (uint64, error) {
	allowed := what + " is a number from " + strconv.FormatUint(least, 10) + " to " + strconv.FormatUint(most, 10)
	w, err := p.argument(what, allowed)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(w.text, 10, 64)
	switch {
	case err != nil:
		return 0, p.wrong(w, allowed, "%s is no number", w.text)
	case n < least || n > most:
		return 0, p.wrong(w, allowed, "%s can't be %s", what, w.text)
	}
	return n, nil
}

// share takes a share of 1.
func (p *parser) share() (float64, error) {
	const allowed = "behind with stands how often of 1 the rule applies, such as 0.01"
	w, err := p.argument("how often", allowed)
	if err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(w.text, 64)
	switch {
	case err != nil || math.IsNaN(f):
		return 0, p.wrong(w, allowed, "%s is no number", w.text)
	case f <= 0 || f > 1:
		return 0, p.wrong(w, allowed, "it must be more than 0, and 1 at most")
	}
	return f, nil
}

// rate takes a rate, and returns it in bytes per second.
func (p *parser) rate() (float64, error) {
	const allowed = "a rate is a number of B, KB, KiB, MB or MiB per second, such as 500B/s or 64KiB/s"
	w, err := p.argument("the rate", allowed)
	if err != nil {
		return 0, err
	}
	number, found := strings.CutSuffix(w.text, "B/s")
	scale := 1.0
	for _, unit := range []struct {
		suffix string
		scale  float64
	}{{"Ki", 1 << 10}, {"Mi", 1 << 20}, {"K", 1e3}, {"k", 1e3}, {"M", 1e6}} {
		if short, has := strings.CutSuffix(number, unit.suffix); has {
			number, scale = short, unit.scale
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	switch {
	case !found || err != nil || math.IsNaN(n):
		return 0, p.wrong(w, allowed, "%s is no rate", w.text)
	case n*scale < 1:
		return 0, p.wrong(w, allowed, "a rate must be 1B/s at least: stall and hold stop a stream")
	case n*scale > maxRate:
		return 0, p.wrong(w, allowed, "%s is no limit", w.text)
	}
	return n * scale, nil
}

// sizes takes the sizes of records.
func (p *parser) sizes() ([]int, error) {
	const allowed = "split has the sizes of the first records in bytes, such as 32,2; a last record has the rest"
	w, err := p.argument("the size of the first record", allowed)
	if err != nil {
		return nil, err
	}
	var sizes []int
	total, at := 0, w.at
	for text := range strings.SplitSeq(w.text, ",") {
		part := word{text: text, at: at}
		at += len(text) + 1
		n, err := strconv.ParseUint(text, 10, 32)
		switch {
		case err != nil:
			return nil, p.wrong(part, allowed, "%q is no size", text)
		case n == 0:
			return nil, p.wrong(part, allowed, "a record without bytes carries nothing of a frame")
		case n > protocol.MaxRecord:
			return nil, p.wrong(part, allowed, "a record carries %d bytes at most", protocol.MaxRecord)
		}
		total += int(n)
		if sizes = append(sizes, int(n)); total > maxFrame || len(sizes) > maxSizes {
			return nil, p.wrong(part, allowed, "a frame has %d bytes at most", maxFrame)
		}
	}
	return sizes, nil
}

// maxFrame is the longest frame with its header, in bytes.
const maxFrame = protocol.HeaderLen + protocol.MaxData
