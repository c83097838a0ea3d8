package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"anytls-inspect/capture/export/pcapng"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
)

// writeFlags say what is recorded to a pcapng file.
type writeFlags struct {
	path, leg, limit string

	options pcapng.Options
}

// register registers the flags; those about legs only where there are two.
func (w *writeFlags) register(f *pflag.FlagSet, legs bool) {
	f.StringVarP(&w.path, "write", "w", "", "record to pcapng `FILE`, mode 0600, decryptable as it stands: the secrets are inside; a file that is there is replaced")
	w.leg = "both"
	if legs {
		f.StringVar(&w.leg, "write-leg", "both", "which `LEG` to record: client, server, both")
	}
	f.StringVar(&w.limit, "write-limit", "", "begin another file (FILE-2, …) after so many `BYTES`; K, M and G are understood")
}

func (w *writeFlags) check() error {
	switch w.leg {
	case "both":
	case "client":
		w.options.Skip[protocol.Server] = true
	case "server":
		w.options.Skip[protocol.Client] = true
	default:
		return fmt.Errorf("--write-leg %q is none of client, server, both", w.leg)
	}
	if w.limit == "" {
		return nil
	}
	n, err := parseSize(w.limit)
	if err != nil {
		return fmt.Errorf("--write-limit %w", err)
	}
	if n < pcapng.MinLimit {
		return fmt.Errorf("--write-limit %s is less than %d bytes", w.limit, pcapng.MinLimit)
	}
	w.options.Limit = n
	return nil
}

// parseSize reads a number of bytes such as 100M.
func parseSize(text string) (int64, error) {
	number, shift := text, 0
	for i, unit := range []string{"K", "M", "G"} {
		if rest, ok := strings.CutSuffix(strings.ToUpper(text), unit); ok {
			number, shift = rest, 10*(i+1)
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64>>shift {
		return 0, fmt.Errorf("%q is no size such as 100M", text)
	}
	return n << shift, nil
}

// open begins the recording, nil where none was asked for. failed is told when
// it ends before its time.
func (w *writeFlags) open(failed func(error)) (*pcapng.Recorder, error) {
	if w.path == "" {
		return nil, nil
	}
	o := w.options
	o.Application = "anytls-inspect " + version()
	o.Failed = failed
	r, err := pcapng.Create(w.path, o)
	if err != nil {
		return nil, fmt.Errorf("-w: %w", err)
	}
	return r, nil
}

// recordingFailed returns what tells that a recording ended before its time: the
// journal, and so the output and the screen, and the user.
func recordingFailed(j *journal.Journal, warn func(string)) func(error) {
	return func(err error) {
		j.Diagnose(time.Now(), journal.CodeRecordingFailed, protocol.Printable(err.Error()))
		warn("recording ended: " + err.Error())
	}
}
