package process

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"anytls-inspect/protocol"
)

// What programs write is not to be trusted, and nothing bounds it: a line is looked at as far as
// maxLine, in bytes, and shown as far as maxShown, in characters.
const (
	maxLine  = 4 << 10
	maxShown = 300
	maxFirst = 1000    // of a line that is quoted: what happened stands at its end
	maxTail  = 8 << 10 // bytes of a file in which its last lines are looked for
)

// eachLine calls do with each line of r, without its end, cut at maxLine, until ctx ends. The line
// is valid until do returns.
func eachLine(ctx context.Context, r io.Reader, do func(line []byte)) error {
	in := bufio.NewReaderSize(r, maxLine)
	for {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		line, err := in.ReadSlice('\n')
		if len(line) > 0 {
			do(bytes.TrimRight(line, "\r\n"))
		}
		for errors.Is(err, bufio.ErrBufferFull) && ctx.Err() == nil {
			_, err = in.ReadSlice('\n')
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// shown returns a line in a form that can be printed anywhere.
func shown(line string) string { return shownTo(line, maxShown) }

// shownTo does what shown does, to another length.
func shownTo(line string, most int) string {
	return cut(protocol.Printable(strings.TrimSpace(ansi.Strip(line))), most)
}

// cut returns at most n characters of a text.
func cut(text string, n int) string {
	for at := range text {
		if n == 0 {
			return text[:at] + "…"
		}
		n--
	}
	return text
}

// tail returns the last lines of what a file has from an offset on, printable and without ANSI
// escapes. Empty ones are left out, and of a long file only the last 8 KiB are read.
func tail(path string, from int64) []string {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	stat, err := f.Stat()
	if err != nil || !stat.Mode().IsRegular() {
		return nil
	}
	start := max(from, stat.Size()-maxTail)
	text, err := io.ReadAll(io.NewSectionReader(f, start, maxTail))
	if err != nil {
		return nil
	}
	if start > from {
		text = whole(text)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if line = shown(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// whole leaves out what stands before the first line that begins in text, or at least the part
// of a character that it begins with.
func whole(text []byte) []byte {
	if i := bytes.IndexByte(text, '\n'); i >= 0 && i+1 < len(text) {
		return text[i+1:]
	}
	for len(text) > 0 && !utf8.RuneStart(text[0]) {
		text = text[1:]
	}
	return text
}
