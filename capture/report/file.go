package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A format is a kind of file. The extension of a path names it.
type format struct {
	extension string
	render    func(*Report, Lang) ([]byte, error)
}

var formats = [...]format{
	{".md", func(r *Report, l Lang) ([]byte, error) { return r.Markdown(l), nil }},
	{".json", (*Report).JSON},
	{".html", (*Report).HTML},
	{".xml", (*Report).JUnit},
}

func formatOf(path string) (*format, error) {
	extension := strings.ToLower(filepath.Ext(path))
	names := make([]string, len(formats))
	for i := range formats {
		if names[i] = formats[i].extension; names[i] == extension {
			return &formats[i], nil
		}
	}
	return nil, fmt.Errorf("report %q: what it is written as is told by its extension, one of %s", path, strings.Join(names, ", "))
}

// Check finds out before a long run whether a report can be written to path in the
// language called lang, and returns the language. It leaves no file behind.
func Check(path, lang string) (Lang, error) {
	l, err := ParseLang(lang)
	if err != nil {
		return "", err
	}
	if _, err := formatOf(path); err != nil {
		return "", err
	}
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() && info.Mode()&os.ModeSymlink == 0 {
		return "", fmt.Errorf("report %q: not a regular file", path)
	}
	f, err := create(path)
	if err != nil {
		return "", err
	}
	return l, errors.Join(f.Close(), os.Remove(f.Name()))
}

// WriteFile writes the report to path, in the form that the extension names: .md, .json,
// .html or .xml (JUnit). Whoever opens the file sees the old one or the whole new one. Where
// path is a symbolic link, the file takes the link's place, and what the link leads to stays
// as it is: others may have made the link.
func (r *Report) WriteFile(path string, l Lang) error {
	format, err := formatOf(path)
	if err != nil {
		return err
	}
	text, err := format.render(r, l)
	if err != nil {
		return err
	}
	f, err := create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	// A report holds no secrets: others may read it.
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // what fails here has failed above
		return named(path, err)
	}
	return nil
}

// named returns an error that names the report, and not the temporary file.
func named(path string, err error) error {
	var file *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &file):
		err = file.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return fmt.Errorf("report %s: %w", path, err)
}

// create makes a temporary file beside path, which is renamed to it when it is whole.
func create(path string) (*os.File, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, named(path, err)
	}
	return f, nil
}
