package known

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// A crate is what cargo installed a program from; the zero value: none that is known.
type crate struct {
	name, version string
	program       string // as cargo named it
}

const (
	cargoRecord    = ".crates.toml"
	maxCargoRecord = 256 << 10 // bytes; a crate takes about a hundred
)

// crateOf returns the crate that cargo installed a program from, by the record that cargo keeps of a
// folder's programs, above their "bin". A record that can't be read says nothing, and neither does one
// that is older than the program: cargo writes it last, so something else put the program there. Nothing
// tells that of a program that was put there before cargo wrote the record again, for another one. So
// what a program says of its version comes before what the record says.
func crateOf(path string) crate {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return crate{}
	}
	bin, program := filepath.Split(path)
	bin = filepath.Clean(bin)
	if filepath.Base(bin) != "bin" {
		return crate{}
	}
	text, err := readCargoRecord(filepath.Join(filepath.Dir(bin), cargoRecord), path)
	if err != nil {
		return crate{}
	}
	return installedFrom(text, program)
}

var errNoCargoRecord = errors.New("no record that speaks of the program")

// readCargoRecord reads a record unless the program is newer.
func readCargoRecord(path, program string) ([]byte, error) {
	record, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	built, err := os.Stat(program)
	if err != nil {
		return nil, err
	}
	if !record.Mode().IsRegular() || record.Size() > maxCargoRecord || built.ModTime().After(record.ModTime()) {
		return nil, errNoCargoRecord
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxCargoRecord))
}

const crateName = `[A-Za-z0-9_-]{1,64}`

var crateForm = regexp.MustCompile(`^` + crateName + `$`)

// Which crate, and where from: "anytls-rs 0.3.0 (registry+https://github.com/rust-lang/crates.io-index)".
var installed = regexp.MustCompile(`^(` + crateName + `) (\d+\.\d+\.\d+[0-9A-Za-z.+-]*) \(.*\)$`)

// installedFrom returns the crate that a record has a program of. Where it has several, none is known.
// The record is parsed, and not decoded, which takes time with the square of its keys.
func installedFrom(record []byte, program string) (found crate) {
	var p unstable.Parser
	p.Reset(record)
	in := false // the table "v1", whose keys are crates, and their values lists of programs
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind != unstable.KeyValue {
			path, _ := keyOf(e.Key())
			in = e.Kind == unstable.Table && len(path) == 1 && path[0] == "v1"
			continue
		}
		key, _ := keyOf(e.Key())
		if !in || len(key) != 1 || e.Value().Kind != unstable.Array {
			continue
		}
		match := installed.FindStringSubmatch(key[0])
		if match == nil || !lists(e.Value().Children(), program) {
			continue
		}
		if found != (crate{}) {
			return crate{}
		}
		found = crate{match[1], match[2], program}
	}
	if p.Error() != nil {
		return crate{}
	}
	return found
}

// lists tells whether a program is in a list.
func lists(programs unstable.Iterator, program string) bool {
	for programs.Next() {
		if p := programs.Node(); p.Kind == unstable.String && sameProgram(string(p.Data), program) {
			return true
		}
	}
	return false
}

// sameProgram tells whether two names are of one program, one of them perhaps with Windows' ending.
func sameProgram(a, b string) bool {
	return a != "" && strings.TrimSuffix(a, ".exe") == strings.TrimSuffix(b, ".exe")
}
