package interop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A Tshark reads captures with the dissector that the program prints.
type Tshark struct{ home, script string }

// NewTshark returns a Tshark that keeps its files in dir. It returns an error where tshark
// is not installed.
func NewTshark(ctx context.Context, dir string) (*Tshark, error) {
	if _, err := exec.LookPath("tshark"); err != nil {
		return nil, fmt.Errorf("tshark is not installed (apt-get install tshark): %w", err)
	}
	binary, err := fromRun(relayVar)
	if err != nil {
		return nil, err
	}
	script, err := exec.CommandContext(ctx, binary, "dissector").Output()
	if err != nil {
		return nil, fmt.Errorf("the program prints no dissector: %w", err)
	}
	t := &Tshark{home: dir, script: filepath.Join(dir, "anytls.lua")}
	return t, os.WriteFile(t.script, script, 0o600)
}

// Run runs tshark on a file and returns what it prints. It keeps the user's own settings
// out.
func (t *Tshark) Run(ctx context.Context, file string, args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	// By default tshark goes by ports first: it takes TLS for another protocol where one
	// end has that protocol's port.
	always := []string{"-X", "lua_script:" + t.script, "-o", "tcp.try_heuristic_first:TRUE", "-r", file}
	cmd := exec.CommandContext(ctx, "tshark", append(always, args...)...)
	cmd.Env = append(cmd.Environ(), "HOME="+t.home, "XDG_CONFIG_HOME="+t.home)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("tshark %s: %w\n%s", file, err, stderr.Bytes())
	}
	return stdout.String(), nil
}

// Rows returns the values of fields of each packet that the filter matches. A value is a
// list: a packet can have a field more than once.
func (t *Tshark) Rows(ctx context.Context, file, filter string, options, fields []string) ([][][]string, error) {
	// Separators that no value contains. A comma can be in a comment.
	const comma, end = "\x1e", "\x1f"
	args := append([]string{"-Y", filter, "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=" + comma, "-E", "separator=" + end}, options...)
	for _, field := range fields {
		args = append(args, "-e", field)
	}
	out, err := t.Run(ctx, file, args...)
	if err != nil {
		return nil, err
	}
	var rows [][][]string
	for line := range strings.Lines(out) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), end)
		if len(columns) != len(fields) {
			return rows, errors.New("tshark prints other columns: " + line)
		}
		row := make([][]string, len(columns))
		for i, column := range columns {
			if column != "" {
				row[i] = strings.Split(column, comma)
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// A Frame is a frame that tshark or the relay tells of, without its data.
type Frame struct {
	Code   int
	Stream uint32
	Len    int
	Fate   string // what the relay did with it, where it did not just forward it
}

// A Route is one direction of one leg of a session.
type Route struct {
	Session int
	Leg     string // "client" or "server"
	Dir     string // "c2s" or "s2c"
}

// Frames returns the frames of a capture, in order, by their routes. A recording names the
// session and the leg. In other captures, sessions have the numbers of tshark's connections,
// from 1.
func (t *Tshark) Frames(ctx context.Context, file string, options ...string) (map[Route][]Frame, error) {
	names, err := t.Rows(ctx, file, "tcp.flags.syn == 1 && tcp.flags.ack == 0", options, []string{"tcp.stream", "frame.comment"})
	if err != nil {
		return nil, err
	}
	routes := make(map[string]Route)
	for _, row := range names {
		var r Route
		comment := strings.Join(row[1], "")
		if _, err := fmt.Sscanf(comment, "session %d, %s leg", &r.Session, &r.Leg); err != nil {
			stream, err := strconv.Atoi(row[0][0])
			if err != nil || comment != "" {
				return nil, fmt.Errorf("connection %q has the comment %q on its SYN", row[0], comment)
			}
			r.Session = stream + 1
		}
		routes[row[0][0]] = r
	}
	rows, err := t.Rows(ctx, file, "anytls.cmd", options, []string{"tcp.stream", "anytls.dir", "anytls.cmd", "anytls.sid", "anytls.len", "anytls"})
	if err != nil {
		return nil, err
	}
	frames := make(map[Route][]Frame)
	for _, row := range rows {
		r := routes[row[0][0]]
		r.Dir = row[1][0]
		texts := slices.DeleteFunc(row[5], func(text string) bool {
			return strings.HasPrefix(text, "AnyTLS preamble") || strings.HasPrefix(text, "AnyTLS bytes")
		})
		for i := range row[2] {
			f := Frame{Fate: fateIn(texts[i])}
			if _, err := fmt.Sscan(row[2][i]+" "+row[3][i]+" "+row[4][i], &f.Code, &f.Stream, &f.Len); err != nil {
				return nil, err
			}
			frames[r] = append(frames[r], f)
		}
	}
	return frames, nil
}

// fateIn returns the fate in the dissector's text of a frame: "AnyTLS PSH 1 (20) [dropped]".
func fateIn(text string) string {
	_, after, found := strings.Cut(text, " [")
	if fate, whole := strings.CutSuffix(after, "]"); found && whole {
		return fate
	}
	return ""
}
