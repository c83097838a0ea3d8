package known

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"anytls-inspect/protocol"
)

// The tables of a file. The head of table.toml says what their keys mean.
type (
	fileTable struct {
		Implementations []implementationTable `toml:"implementation"`
	}
	implementationTable struct {
		Name     string       `toml:"name"`
		Author   string       `toml:"author"`
		Language string       `toml:"language"`
		Source   string       `toml:"source"`
		Tried    []string     `toml:"tried"`
		Server   *roleTable   `toml:"server"`
		Client   *roleTable   `toml:"client"`
		Log      logTable     `toml:"log"`
		Habits   []habitTable `toml:"habit"`
	}
	roleTable struct {
		Command    string            `toml:"command"`
		Programs   []string          `toml:"programs"`
		Env        map[string]string `toml:"env"`
		Config     string            `toml:"config"`
		ConfigName string            `toml:"config-name"`
		Early      bool              `toml:"early"`
		Identity   identityTable     `toml:"identity"`
	}
	identityTable struct {
		Module  string `toml:"module"`
		Crate   string `toml:"crate"`
		Ask     string `toml:"ask"`
		Match   string `toml:"match"`
		Version string `toml:"version"`
	}
	logTable struct {
		Received string `toml:"received"`
		Sent     string `toml:"sent"`
		Response string `toml:"response"`
		Trouble  string `toml:"trouble"`
		Harmless string `toml:"harmless"`
	}
	habitTable struct {
		Peer    string   `toml:"peer"`
		English string   `toml:"text"`
		Chinese string   `toml:"zh"`
		Codes   []string `toml:"codes"`
	}
)

// MaxFile is how many bytes a file may have. The time that the decoder takes grows with the square of
// how many keys are in one table.
const MaxFile = 256 << 10

// A file is one that is added to a table.
type file struct {
	name   string // printable
	path   string
	places places
	tables fileTable
}

// Add adds the implementations of a file in TOML; one with the name of another replaces it. Of a file
// with a mistake, none is added. The error says where in the file what is wrong, and what there may be.
// Programs that a file names by a path, with a slash in it, are found from the file's folder.
func (t *Table) Add(path string, text []byte) error {
	f := &file{name: protocol.Printable(path), path: path}
	if err := f.decode(text); err != nil {
		return err
	}
	added, err := f.implementations()
	if err != nil {
		return err
	}
	for _, i := range added {
		i.table = t
		if at := t.index(i.Name); at >= 0 {
			t.Implementations[at] = i
		} else {
			t.Implementations = append(t.Implementations, i)
		}
	}
	return nil
}

// decode decodes the file's text.
func (f *file) decode(text []byte) error {
	if len(text) > MaxFile {
		return fmt.Errorf("%s: it has more than 256 KiB", f.name)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&f.tables)
	var unknown *toml.StrictMissingError
	var wrong *toml.DecodeError
	switch {
	case errors.As(err, &unknown):
		first := &unknown.Errors[0]
		line, column := first.Position()
		return f.noSuchKey(place{line, column}, first.Key())
	case errors.As(err, &wrong):
		line, column := wrong.Position()
		// What follows is the name of a Go type.
		why, _, typed := strings.Cut(strings.TrimPrefix(wrong.Error(), "toml: "), " into struct field ")
		path := wrong.Key()
		if in, rest := typeAt(path); typed && (len(rest) == 0 || in.Kind() == reflect.String) {
			why = protocol.Printable(strings.Join(path[:len(path)-len(rest)], ".")) + " has to be " + expected(in)
		}
		return f.mistake(place{line, column}, "", errors.New(protocol.Printable(why)))
	case err != nil:
		return f.mistake(place{}, "", errors.New(protocol.Printable(err.Error())))
	case len(f.tables.Implementations) == 0:
		return f.mistake(place{}, "", errors.New("it has no [[implementation]]"))
	}
	f.places = placesOf(text)
	// The decoder takes keys in any case.
	for _, key := range f.places.keys {
		if _, rest := typeAt(key.path); len(rest) > 0 {
			return f.noSuchKey(key.place, key.path)
		}
	}
	return nil
}

// noSuchKey returns an error that says which keys there are in place of one that is not.
func (f *file) noSuchKey(at place, path []string) error {
	in, rest := typeAt(path[:len(path)-1])
	path = path[:len(path)-len(rest)] // what lacks may be a table that it is in
	return f.mistake(at, "", fmt.Errorf("there is no key %s; there are %s",
		protocol.Printable(strings.Join(path, ".")), strings.Join(keysOf(in), ", ")))
}

// mistake returns an error that names the file, the place where it is known, and what it is about
// unless that is empty.
func (f *file) mistake(at place, what string, err error) error {
	where := f.name
	if at.line > 0 {
		where += fmt.Sprintf(":%d:%d", at.line, at.column)
	}
	if what != "" {
		where += ": " + what
	}
	return fmt.Errorf("%s: %w", where, err)
}

// typeAt returns the type of what is at a path, as far as there are such keys, and the rest of the path.
func typeAt(path []string) (in reflect.Type, rest []string) {
	in = reflect.TypeFor[fileTable]()
	for n, name := range path {
		of := field(in, name)
		if of == nil {
			return in, path[n:]
		}
		in = of
	}
	return in, nil
}

// field returns the type of what a table has by a name, without lists of tables around it; nil: it has
// no such key.
func field(in reflect.Type, name string) reflect.Type {
	switch in.Kind() {
	case reflect.Map: // an environment, whose variables may have any name
		return in.Elem()
	case reflect.Struct:
	default:
		return nil
	}
	for i := range in.NumField() {
		if f := in.Field(i); f.Tag.Get("toml") == name {
			of := f.Type
			if of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice && of.Elem().Kind() == reflect.Struct {
				of = of.Elem()
			}
			return of
		}
	}
	return nil
}

// keysOf returns the keys that a table may have. What is no table has none.
func keysOf(in reflect.Type) []string {
	var keys []string
	if in.Kind() != reflect.Struct {
		return nil
	}
	for i := range in.NumField() {
		keys = append(keys, in.Field(i).Tag.Get("toml"))
	}
	return keys
}

// expected says what a value of a type has to be.
func expected(in reflect.Type) string {
	switch in.Kind() {
	case reflect.String:
		return "a text in quotation marks"
	case reflect.Slice:
		return `a list of texts, such as ["a", "b"]`
	case reflect.Bool:
		return "true or false"
	default:
		return "a table"
	}
}
