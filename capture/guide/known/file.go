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
		Identity   identityTable     `toml:"identity"`
	}
	identityTable struct {
		Module  string `toml:"module"`
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
		if want := expected(wrong.Key()); typed && want != "" {
			why = protocol.Printable(strings.Join(wrong.Key(), ".")) + " has to be " + want
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
		if !has(key.path) {
			return f.noSuchKey(key.place, key.path)
		}
	}
	return nil
}

// noSuchKey returns an error that says which keys there are in place of one that is not.
func (f *file) noSuchKey(at place, path []string) error {
	in := typeAt(path[:len(path)-1])
	for in == nil && len(path) > 1 { // what lacks is a table that it is in
		path = path[:len(path)-1]
		in = typeAt(path[:len(path)-1])
	}
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

// has tells whether there is a key, by its path. A variable of an environment may have any name.
func has(path []string) bool {
	in := reflect.TypeFor[fileTable]()
	for _, name := range path {
		if in.Kind() == reflect.Map {
			return true
		}
		if in = field(in, name); in == nil {
			return false
		}
	}
	return true
}

// typeAt returns the type of the table at a path; nil: there is none.
func typeAt(path []string) reflect.Type {
	in := reflect.TypeFor[fileTable]()
	for _, name := range path {
		if in = field(in, name); in == nil || in.Kind() != reflect.Struct {
			return nil
		}
	}
	return in
}

// field returns the type of what a table has by a name, without lists of tables around it; nil: it has
// no such key.
func field(in reflect.Type, name string) reflect.Type {
	if in.Kind() != reflect.Struct {
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

// keysOf returns the keys that a table may have.
func keysOf(in reflect.Type) []string {
	var keys []string
	for i := range in.NumField() {
		keys = append(keys, in.Field(i).Tag.Get("toml"))
	}
	return keys
}

// expected says what the value of a key has to be; empty: there is no such key.
func expected(path []string) string {
	in := reflect.TypeFor[fileTable]()
	for _, name := range path {
		if in.Kind() == reflect.Map {
			return "a text in quotation marks"
		}
		if in = field(in, name); in == nil {
			return ""
		}
	}
	switch in.Kind() {
	case reflect.String:
		return "a text in quotation marks"
	case reflect.Slice:
		return `a list of texts, such as ["a", "b"]`
	default:
		return "a table"
	}
}
