package known

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"anytls-inspect/protocol"
)

// Locate finds the program of one end: at path, a program or a folder that has it, or where path is
// empty, in the folders of PATH, the first that is this implementation and no other of the same name.
// A program at path is taken also where it does not say what it is. The error says what was looked for
// where, and how to name the path. Locate may be called by several goroutines at once.
func (i *Implementation) Locate(ctx context.Context, end protocol.Peer, path string) (Program, error) {
	p, err := i.locate(ctx, end, path)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return Program{}, fmt.Errorf("%s: %w", i.Name, err)
	}
	return p, nil
}

// A MissingError says that a program is not on PATH.
type MissingError struct {
	Why string // what was found instead, or that nothing was
	How string // what to do about it
}

// Error returns both, in one line.
func (e *MissingError) Error() string { return e.Why + "; " + e.How }

func (i *Implementation) locate(ctx context.Context, end protocol.Peer, path string) (Program, error) {
	role := i.Role(end)
	if role == nil {
		return Program{}, fmt.Errorf("it is not known as a %v", end)
	}
	how := fmt.Sprintf("--%v %s=PATH, the program or the folder that has it", end, i.Name)
	if path == "" {
		folders := pathFolders()
		found := lookIn(folders, role.Programs)
		if len(found) == 0 {
			none := fmt.Sprintf("there is no %s%s", alternatives(role.Programs), where(role.Programs, folders))
			return Program{}, &MissingError{Why: none, How: "name it: " + how}
		}
		p, err := i.choose(ctx, end, found, role.Identity.isNone())
		if err != nil {
			err = &MissingError{Why: err.Error(), How: "name its own: " + how}
		}
		return p, err
	}
	path, err := absolute(path)
	if err != nil {
		return Program{}, err
	}
	found := []candidate{look(path)}
	if stat, err := os.Stat(path); err == nil && stat.IsDir() {
		found = lookIn([]string{path, filepath.Join(path, "bin")}, names(role.Programs))
		if len(found) == 0 {
			return Program{}, fmt.Errorf("there is no %s in %s", alternatives(names(role.Programs)), protocol.Printable(path))
		}
	}
	return i.choose(ctx, end, found, true)
}

// absolute returns where a path leads that a user gave. A name alone that is not in the working
// directory may be on PATH.
func absolute(path string) (string, error) {
	if home, err := os.UserHomeDir(); err == nil && (strings.HasPrefix(path, "~/") || path == "~") {
		path = filepath.Join(home, path[1:]) // shells leave it as it is behind a =
	}
	if _, err := os.Lstat(path); err != nil && !hasFolder(path) {
		if found, err := exec.LookPath(path); err == nil {
			path = found
		}
	}
	return filepath.Abs(path)
}

// pathFolders returns the folders of PATH, each once. What is relative is left out: what it leads to
// depends on where one is.
func pathFolders() []string {
	var folders []string
	var stats []os.FileInfo
	for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
		if !filepath.IsAbs(folder) || slices.Contains(folders, folder) {
			continue
		}
		stat, err := os.Stat(folder)
		if err == nil && slices.ContainsFunc(stats, func(s os.FileInfo) bool { return os.SameFile(s, stat) }) {
			continue // as /bin, which leads to /usr/bin
		}
		if err == nil {
			stats = append(stats, stat)
		}
		folders = append(folders, folder)
	}
	return folders
}

// where says where programs were looked for.
func where(programs, folders []string) string {
	switch {
	case !slices.ContainsFunc(programs, func(p string) bool { return !hasFolder(p) }):
		return ""
	case len(folders) == 0:
		return " on PATH, which has no absolute folder"
	case len(folders) == 1:
		return " on PATH, which is " + protocol.Printable(folders[0])
	}
	return fmt.Sprintf(" in the %d folders of PATH", len(folders))
}

// A candidate is what may be the program.
type candidate struct {
	path string
	err  error // why it can't be run
}

// lookIn returns what folders have by the names of a program. A program that is named by a path is
// where that is.
func lookIn(folders, programs []string) []candidate {
	var found []candidate
	add := func(path string) {
		if c := look(path); !errors.Is(c.err, errAbsent) {
			found = append(found, c)
		}
	}
	for _, program := range programs {
		if hasFolder(program) {
			add(program)
		}
	}
	for _, folder := range folders {
		for _, program := range programs {
			if !hasFolder(program) {
				add(filepath.Join(folder, program))
			}
		}
	}
	return found
}

var (
	errAbsent   = errors.New("is not there")
	errDangling = errors.New("is a link to what is not there")
)

// look returns what is at a path.
func look(path string) candidate {
	found, err := exec.LookPath(path)
	if err == nil {
		path = found // Windows: with its ending
	}
	stat, statErr := os.Stat(path)
	_, linkErr := os.Lstat(path)
	switch {
	case statErr != nil && linkErr == nil:
		err = errDangling
	case statErr != nil:
		err = errAbsent
	case stat.IsDir():
		err = errors.New("is a folder")
	case !stat.Mode().IsRegular():
		err = errors.New("is no file")
	case err != nil:
		err = errors.New("is not a program that may be run")
	}
	return candidate{path: path, err: err}
}

func hasFolder(program string) bool { return strings.ContainsRune(filepath.ToSlash(program), '/') }

// names returns programs without their folders.
func names(programs []string) []string {
	var all []string
	for _, program := range programs {
		all = append(all, filepath.Base(program))
	}
	return all
}

// alternatives returns programs as an error names them.
func alternatives(programs []string) string {
	return protocol.Printable(strings.Join(programs, " or "))
}
