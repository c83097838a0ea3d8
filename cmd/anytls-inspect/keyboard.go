package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/charmbracelet/x/term"
)

// keyboard opens the terminal's keys for the screen of a replay whose capture is standard
// input. It returns nil where the screen has its keys from standard input, where there is no
// screen, and where the terminal has no keys to read: then that is told, and text is printed.
func (r *replayFlags) keyboard(s *stdio, names []string) (*os.File, error) {
	if !slices.Contains(names, stdioName) {
		return nil, nil
	}
	if isTerminal(s.in) {
		return nil, usage(errors.New("standard input is a terminal, and no capture: give a FILE, or a pipe (tcpdump -w - … | anytls-inspect replay -)"))
	}
	if kind := outputKind(r.output.kind); kind != "" && kind != outTUI || !isTerminal(s.out.file) {
		return nil, nil
	}
	f, err := os.OpenFile(keyboardName, os.O_RDWR, 0)
	if err != nil && r.output.kind == "" {
		s.tell("there is no screen, since there is no terminal to read keys from (%v): text is printed", err)
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("-o tui: there is no terminal to read keys from: %w", err)
	}
	return f, nil
}

// isTerminal tells whether a standard stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(f.Fd())
}

// closeKeyboard closes the terminal's keys, if they were opened.
func (r *replayConfig) closeKeyboard() {
	if r.keyboard != nil {
		_ = r.keyboard.Close()
	}
}
