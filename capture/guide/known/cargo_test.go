package known

import (
	"strings"
	"testing"

	"anytls-inspect/protocol"
)

// record is what cargo writes.
const record = `[v1]
"anytls-rs 0.3.0 (registry+https://github.com/rust-lang/crates.io-index)" = [
    "anytls-client",
    "anytls-server",
]
"other 1.2.0-rc.1+build (path+file:///home/me/other)" = ["other.exe"]
`

// TestInstalledFrom: a record is read as cargo writes it, and what is written otherwise says nothing.
func TestInstalledFrom(t *testing.T) {
	with := func(lines string) string { return "[v1]\n" + lines }
	one := crate{"x", "1.0.0", "p"}
	for _, tt := range []struct {
		title, record, program string
		want                   crate
	}{
		{"one of two", record, "anytls-server", crate{"anytls-rs", "0.3.0", "anytls-server"}},
		{"with an ending", record, "other", crate{"other", "1.2.0-rc.1+build", "other"}},
		{"with the same ending", record, "other.exe", crate{"other", "1.2.0-rc.1+build", "other.exe"}},
		{"of Windows", strings.ReplaceAll(record, "\n", "\r\n"), "anytls-client", crate{"anytls-rs", "0.3.0", "anytls-client"}},
		{"none of that name", record, "anytls", crate{}},
		{"empty", "", "p", crate{}},
		{"no name", record, "", crate{}},
		{"from git", with(`"x 1.0.0 (git+https://example.com/x?branch=a b#0123)" = ["p"]`), "p", one},
		{"behind another table", "[v2]\na = ['b']\n" + with(`"x 1.0.0 (y)" = ["p"]`), "p", one},
		{"in two crates", with("\"x 1.0.0 (y)\" = [\"p\"]\n\"z 1.0.0 (y)\" = [\"p\"]"), "p", crate{}},
		{"in another table", "[v1.a]\n\"x 1.0.0 (y)\" = [\"p\"]", "p", crate{}},
		{"in a list of tables", "[[v1]]\n\"x 1.0.0 (y)\" = [\"p\"]", "p", crate{}},
		{"without a table", `"x 1.0.0 (y)" = ["p"]`, "p", crate{}},
		{"below a key", with(`"x 1.0.0 (y)"."z 1.0.0 (y)" = ["p"]`), "p", crate{}},
		{"no list", with(`"x 1.0.0 (y)" = "p"`), "p", crate{}},
		{"a list of lists", with(`"x 1.0.0 (y)" = [["p"]]`), "p", crate{}},
		{"a list of numbers", with(`"x 1.0.0 (y)" = [1]`), "1", crate{}},
		{"no version", with(`"x (y)" = ["p"]`), "p", crate{}},
		{"no source", with(`"x 1.0.0" = ["p"]`), "p", crate{}},
		{"a hostile name", with(`"\u001b[31m 1.0.0 (y)" = ["p"]`), "p", crate{}},
		{"a hostile version", with(`"x 1.0.0\u001b (y)" = ["p"]`), "p", crate{}},
		{"cut", strings.TrimSuffix(record, "]\n"), "anytls-server", crate{}},
		{"cut in a list", record[:strings.Index(record, "]\n\"other")], "anytls-server", crate{}},
		{"deep", with("a = " + strings.Repeat("[", maxCargoRecord)), "p", crate{}},
	} {
		if got := installedFrom([]byte(tt.record), tt.program); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.title, got, tt.want)
		}
	}
}

// FuzzInstalledFrom: whatever a record has, what is taken from it can be printed, and is in it.
func FuzzInstalledFrom(f *testing.F) {
	f.Add([]byte(record), "anytls-server")
	f.Add([]byte("[v1]\n\"x 1.0.0 (y)\" = [\"p\"]\n[v1]\n\"x 1.0.1 (y)\" = [\"p\"]"), "p")
	f.Add([]byte("[v1]\n'x 1.0.0 (\\u001b)' = ['''p''', 1, {}]\na = {b = [["), "p")
	f.Fuzz(func(t *testing.T, record []byte, program string) {
		got := installedFrom(record, program)
		switch {
		case got == crate{}:
		case !crateForm.MatchString(got.name) || got.version == "" || protocol.Printable(got.version) != got.version:
			t.Fatalf("%+v", got)
		case got.program != program || program == "":
			t.Fatalf("%+v of %q", got, program)
		case !strings.Contains(string(record), "v1"):
			t.Fatalf("%+v of a record without a v1", got)
		}
	})
}
