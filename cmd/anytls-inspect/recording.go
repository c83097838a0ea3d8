package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
)

// recordingFlags say which legs are recorded to a pcapng file.
type recordingFlags struct{ path, leg, limit, files string }

// register registers the flags. That about legs is only for commands that have two.
func (r *recordingFlags) register(f *pflag.FlagSet, legs bool) {
	f.StringVarP(&r.path, "write", "w", "", "record to pcapng `FILE`, mode 0600, decryptable as it stands: the secrets are inside; a capture that is there is replaced, and nothing else; - is standard output")
	r.leg = both
	if legs {
		f.StringVar(&r.leg, "write-leg", both, "record only one `LEG`, or both: client, server, both")
	}
	f.StringVar(&r.limit, "write-limit", "", fmt.Sprintf(
		"record new sessions to another file (FILE-2, …) after so many `BYTES`, at least %dK; K, M and G are understood. A session stays in its file, and is recorded no further past %d × BYTES of its own, or %d × BYTES of its file", pcapng.MinLimit>>10, pcapng.SessionGrowth, pcapng.FileGrowth))
	f.StringVar(&r.files, "write-files", "", fmt.Sprintf(
		"with --write-limit: keep `N` files of this run (those of earlier runs stay), and remove the oldest that is closed; they take N × %d × BYTES of disk at most", pcapng.FileGrowth))
}

// tellClosing is after how long the user is told that the end waits for the recording.
const tellClosing = time.Second

// named returns the file that is written.
func (r *recordingFlags) named() namedFile {
	if r.path == stdioName {
		return namedFile{}
	}
	return namedFile{by: "-w", path: r.path}
}

// output returns the kind of output that is the default of a command, which is another one
// otherwise: a recording on standard output leaves no room there for anything else.
func (r *recordingFlags) output(otherwise outputKind) outputKind {
	if r.path == stdioName {
		return outQuiet
	}
	return otherwise
}

// checkStdout tells what can't go with a recording on standard output.
func (r *recordingFlags) checkStdout(kind string) error {
	switch {
	case r.path != stdioName:
		return nil
	case kind != string(outQuiet) && kind != "":
		return fmt.Errorf("-w - records to standard output, where -o %s has no room: leave it out, or record to a file", kind)
	case r.limit != "":
		return errors.New("--write-limit makes several files, and -w - is standard output: name a file, or set no limit")
	default:
		return nil
	}
}

// A recordingConfig says which legs are recorded to a pcapng file.
type recordingConfig struct {
	path  string                // empty: nothing is recorded
	skip  protocol.ByPeer[bool] // the legs that are left out, by whom they are with
	limit int64                 // from which on a file takes no new sessions, in bytes; 0: none
	files int                   // how many are kept; 0: all
}

// config returns what the flags say.
func (r *recordingFlags) config() (recordingConfig, error) {
	cfg := recordingConfig{path: r.path}
	if r.leg != both {
		leg, err := capture.ParseLeg(r.leg)
		if err != nil {
			return recordingConfig{}, fmt.Errorf("--write-leg %q is none of client, server, both", r.leg)
		}
		cfg.skip = protocol.ByPeer[bool]{true, true}
		cfg.skip[leg.Peer()] = false
		if r.path == "" {
			return recordingConfig{}, errors.New("--write-leg goes with -w, which names the file")
		}
	}
	if r.files != "" && r.limit == "" {
		return recordingConfig{}, errors.New("--write-files goes with --write-limit, which says when a file is full")
	}
	if r.limit == "" {
		return cfg, nil
	}
	var err error
	if cfg.limit, err = parseSize(r.limit); err != nil {
		return recordingConfig{}, fmt.Errorf("--write-limit %w", err)
	}
	if cfg.limit < pcapng.MinLimit {
		return recordingConfig{}, fmt.Errorf("--write-limit %s is less than %dK", r.limit, pcapng.MinLimit>>10)
	}
	if r.files != "" {
		if cfg.files, err = strconv.Atoi(r.files); err != nil || cfg.files < 1 {
			return recordingConfig{}, fmt.Errorf("--write-files %q is no number of files: at least 1", r.files)
		}
	}
	if r.path == "" {
		return recordingConfig{}, errors.New("--write-limit goes with -w, which names the file")
	}
	return cfg, nil
}

// parseSize returns the number of bytes that a text such as 100M stands for.
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

// open begins the recording, and returns what ends it: that waits for a file that takes
// what is left, but not for long after ctx has ended. The recorder is nil where nothing is
// recorded. Where the recording can't go on, the outputs tell. Where only that of a session
// can't, it is a diagnostic alone.
//
// On standard output, a recording that fails is an output that nobody reads any more: end is
// called, which ends a run whose sessions are its own; it may be nil.
func (r *recordingConfig) open(ctx context.Context, s *stdio, o *outputs, end context.CancelFunc) (rec capture.Recorder, closeRecording func(), err error) {
	if r.path == "" {
		return nil, func() {}, nil
	}
	path, output := r.path, io.WriteCloser(nil)
	if path == stdioName {
		if isTerminal(s.out.file) {
			return nil, nil, usage(errors.New("-w - would write a capture to the terminal: give it to a program, such as … -w - | wireshark -k -i -, or to a file"))
		}
		path, output = "standard output", stdoutCloser{s.out.file}
	}
	file, err := pcapng.Create(path, pcapng.Options{
		Output: output,
		Skip:   r.skip, Limit: r.limit, Files: r.files, Application: tool(),
		Cut: func(c pcapng.Cut) {
			o.cut(c.Session, fmt.Sprintf("session %d is recorded no further in %s: %s", c.Session, c.File, c.Why))
		},
		Failed: func(err error) {
			goesOn := ""
			if output != nil && end == nil {
				goesOn = "; the relay goes on"
			}
			o.fail(journal.RecordingFile, err, "recording ended: "+err.Error()+goesOn)
			if output != nil && end != nil {
				end()
			}
		},
	})
	if err != nil {
		return nil, nil, fmt.Errorf("-w: %w", err)
	}
	hurry := context.AfterFunc(ctx, file.Hurry)
	return file, func() {
		slow := time.AfterFunc(tellClosing, func() {
			o.warner.warn("the recording takes its last bytes; Ctrl-C ends that")
		})
		_ = file.Close() // its error went to Failed
		slow.Stop()
		hurry()
	}, nil
}

// A stdoutCloser is standard output, which may be a pipe that has to know its end.
type stdoutCloser struct{ io.Writer }

// Close implements [io.Closer].
func (s stdoutCloser) Close() error {
	if c, ok := s.Writer.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
