package expression

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestFieldsAreTheFrames: the table has each field of a Frame, with its type, and no other.
func TestFieldsAreTheFrames(t *testing.T) {
	frame := reflect.TypeFor[Frame]()
	var want, got []string
	for f := range frame.Fields() {
		if f.IsExported() {
			want = append(want, f.Tag.Get("expr")+" "+strings.ToLower(strings.TrimPrefix(f.Type.String(), "time.")))
		}
	}
	for _, f := range Fields() {
		got = append(got, f.Name+" "+f.Type)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the table has\n%q, the frame\n%q", got, want)
	}
	boxes := reflect.TypeFor[environment]()
	for i := range want {
		if b, f := boxes.Field(i), frame.Field(i); b.Name != f.Name || b.Tag != f.Tag {
			t.Errorf("the environment has %s where the frame has %s", b.Name, f.Name)
		}
	}
	if n := reflect.PointerTo(boxes).NumMethod() + reflect.PointerTo(frame).NumMethod(); n > 0 {
		t.Errorf("the frame has %d exported methods, which expressions can call", n)
	}
	if !slices.IsSortedFunc(fields[:], func(a, b Field) int { return int(a.Known) - int(b.Known) }) {
		t.Error("the fields that are known first don't stand first")
	}
}

// TestForgets: no expression keeps a frame's data, nor what was made of it.
func TestForgets(t *testing.T) {
	long := strings.Repeat("x", 1<<16)
	for _, source := range []string{`text == "y"`, `let x = text; x + "y" == x`, `any(split(text, "y"), # == "z")`, `text matches "y" || 1 % stream == 1`} {
		x, err := Compile(source, Data)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.Match(&Frame{Text: long}); (err != nil) != x.Uses("stream") {
			t.Errorf("%s: %v", source, err)
		}
		if x.environment.Text != nil || x.machine.Stack != nil || x.machine.Variables != nil || x.machine.Scopes != nil {
			t.Errorf("%s: it keeps what it was asked about", source)
		}
	}
	if fields[textField].Name != "text" {
		t.Errorf("the field %d is %s", textField, fields[textField].Name)
	}
}

// TestFieldsAreDocumented: docs/lab.md has a row for each field, with its type and when it is
// known, in the order of the table.
func TestFieldsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/lab.md")
	if err != nil {
		t.Fatal(err)
	}
	rest := string(doc)
	for _, f := range Fields() {
		row := fmt.Sprintf("| `%s` | %s | %v | ", f.Name, f.Type, f.Known)
		_, behind, found := strings.Cut(rest, row)
		if !found {
			t.Errorf("docs/lab.md has no row %q behind that of the field before", row)
			continue
		}
		rest = behind
	}
	for _, name := range Functions() {
		if !strings.Contains(string(doc), "`"+name+"`") && !strings.HasPrefix(name, "bit") {
			t.Errorf("docs/lab.md does not name the function %s", name)
		}
	}
}

// TestFunctions: the names are sorted, as they are searched, and Expr has each.
func TestFunctions(t *testing.T) {
	if !slices.IsSorted(functions[:]) {
		t.Error("the functions are not sorted")
	}
	for _, name := range functions {
		if _, err := Compile(name+"() == 1", Later); err == nil || strings.Contains(err.Error(), "unknown") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
