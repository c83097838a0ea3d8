package report

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A format is a kind of file, by its extension.
type format struct {
	extension string
	render    func(*Report, Lang) ([]byte, error)
}

var formats = [...]format{
	{".md", func(r *Report, l Lang) ([]byte, error) { return r.Markdown(l), nil }},
	{".json", (*Report).JSON},
	{".html", (*Report).HTML},
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

// Check tells before a long run whether a report can be written to path in a
// language, and returns the language. It leaves no file behind.
func Check(path, lang string) (Lang, error) {
	l, err := ParseLang(lang)
	if err != nil {
		return "", err
	}
	if _, err := formatOf(path); err != nil {
		return "", err
	}
	path = resolve(path)
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return "", fmt.Errorf("report %q: not a regular file", path)
	}
	f, err := create(path)
	if err != nil {
		return "", err
	}
	return l, errors.Join(f.Close(), os.Remove(f.Name()))
}

// WriteFile writes the report to path, as what the extension says: .md, .json or
// .html. A reader sees the old file or the whole new one, never a part.
func (r *Report) WriteFile(path string, l Lang) error {
	format, err := formatOf(path)
	if err != nil {
		return err
	}
	text, err := format.render(r, l)
	if err != nil {
		return err
	}
	path = resolve(path)
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
		return errors.Join(fmt.Errorf("report: %w", err), os.Remove(f.Name()))
	}
	return nil
}

// create makes the file that becomes the report, beside it.
func create(path string) (*os.File, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return f, nil
}

// resolve returns where a link leads to, so that it is not the link that is
// replaced.
func resolve(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	return path
}
