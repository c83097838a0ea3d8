package relay_test

import (
	"testing"

	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
)

// BenchmarkRules carries PSH frames through the relay without rules, with a book whose rules
// are off, with a rule that matches none of them, and with one that matches each.
func BenchmarkRules(b *testing.B) {
	for _, size := range []struct {
		name string
		psh  int
	}{{"16KiB", 16<<10 - protocol.HeaderLen}, {"512B", 512 - protocol.HeaderLen}} {
		for _, tc := range []struct{ name, rule string }{
			{"none", ""},
			{"off", `join where cmd == "PSH"`},
			{"never", `join where cmd == "Alert"`},
			{"each", `join where cmd == "PSH"`},
		} {
			b.Run(size.name+"/"+tc.name, func(b *testing.B) {
				if tc.rule == "" {
					inspect(b, size.psh, nil, nil)
					return
				}
				book := bookOf(b, tc.rule)
				book.Set(1, tc.name != "off")
				inspect(b, size.psh, nil, book)
			})
		}
	}
}

// bookOf returns the book of rules.
func bookOf(t testing.TB, texts ...string) *rule.Book {
	t.Helper()
	var rules []*rule.Rule
	for _, text := range texts {
		r, err := rule.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, r)
	}
	book, err := rule.NewBook(rules, 1)
	if err != nil {
		t.Fatal(err)
	}
	return book
}
