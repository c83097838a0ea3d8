package expression_test

import (
	"strings"
	"testing"

	"anytls-inspect/capture/expression"
)

// TestHostile: what would take for ever, or very much memory, is an error, of the source or at
// the frame.
func TestHostile(t *testing.T) {
	double := func(value, by string, n int) string {
		var b strings.Builder
		b.WriteString("let x0 = " + value + "; ")
		name := func(i int) string { return "x" + strings.Repeat("a", i) }
		b.WriteString("let x = x0; ")
		for i := range n {
			b.WriteString("let " + name(i+1) + " = " + strings.ReplaceAll(by, "?", name(i)) + "; ")
		}
		return b.String() + name(n) + " == " + name(n)
	}
	frame := sample()
	frame.Text = strings.Repeat("0123456789abcde\n", 4000)
	for name, source := range map[string]string{
		"range":            `all(1..1e9, true)`,
		"huge range":       `1..1000000000 == []`,
		"loops":            `let a = 1..9999; all(a, all(a, # != -1))`,
		"loop of lists":    `all(1..9999, (1..9999)[0] == 1)`,
		"doubled text":     double(`text`, "? + ?", 40),
		"folded text":      `reduce(1..5000, #acc + #acc, "xx") == ""`,
		"unknown text":     `reduce([text, text], #acc + #acc + (# + #acc), "x") == "" || all(1..9999, # + 1 > 0 && text + text != "")`,
		"uppers":           `map(1..9999, upper(text)) == []`,
		"searches":         `all(1..9999, text not matches "e.*a.*b" && not (text contains "bb"))`,
		"indices":          `all(1..9999, indexOf(text, "bb") < 0)`,
		"patterns":         `let p = "(a{30}){30}"; all(1..9999, cmd not matches p)`,
		"splits":           `map(1..9999, split(text, "")) == []`,
		"pattern":          `text matches "(.{0,100}y){10}z" || text matches "(.{0,90}y){10}z" || text matches "(.{0,80}y){10}z"`,
		"pattern on cmd":   `all(1..9999, cmd not matches "(.{0,100}y){10}z")`,
		"unknown on text":  `let p = "(.{0,100}y){10}z"; all(1..9, text not matches p)`,
		"long pattern":     `let p = "` + strings.Repeat(`.{0,1000}`, 200) + `"; cmd matches p`,
		"equal lists":      double("[1]", "[?, ?]", 40),
		"equal maps":       double("{a: 1}", "{a: ?, b: ?}", 40),
		"mapped lists":     double("[1]", "map(1..2, ?)", 40),
		"folded lists":     `let x = reduce(1..40, [#acc, #acc], [1]); x == x`,
		"list in a list":   `let x = reduce(1..40, [#acc, #acc], [1]); x in [x]`,
		"list of a name":   `let x = reduce(1..40, [#acc, #acc], [1]); first([])[x] == 1`,
		"compared lists":   `let x = map(1..9000, #); all(1..9999, x == x)`,
		"searched lists":   `let x = map(1..9000, #); all(x, 0 not in x)`,
		"numbers":          `let x = text; all(1..9999, int(text) == 1)`,
		"trimmed":          `all(1..9999, trim(text) != "")`,
		"long":             `cmd == "` + strings.Repeat("x", 9000) + `"`,
		"deep":             strings.Repeat("(", 9000),
		"many":             `stream in [` + strings.Repeat("1,", 4090) + `1]`,
		"much of a folded": `len == ` + strings.Repeat("1+", 4090) + `1`,
		"repeated":         `repeat("x", 1000000000) == ""`,
		"replaced":         `replace(text, "", text) == ""`,
		"flattened":        `flatten(map(1..9999, 1..9999)) == []`,
		"joined":           `join(map(1..9999, text)) == ""`,
	} {
		x, err := expression.Compile(source, expression.Later)
		if err != nil {
			continue
		}
		if _, err := x.Match(frame); err == nil {
			t.Errorf("%s: neither Compile nor Match fails", name)
		}
	}
	// What is deep, but no longer than is allowed, is no error.
	for _, source := range []string{
		strings.Repeat("(", 900) + "true" + strings.Repeat(")", 900),
		strings.Repeat("!", 1000) + "true",
		strings.Repeat("true && ", 900) + "true",
	} {
		x, err := expression.Compile(source, expression.Later)
		if err != nil {
			t.Errorf("%.40s…: %.200v", source, err)
			continue
		}
		if chosen, err := x.Match(frame); !chosen || err != nil {
			t.Errorf("%.40s…: %v, %.200v", source, chosen, err)
		}
	}
}

// FuzzExpression: whatever the source, Compile and Match end, and don't panic.
func FuzzExpression(f *testing.F) {
	for _, source := range []string{
		`cmd == "SYNACK" && stream > 1`, `age > 1m30s && client startsWith "x"`, `any(split(text, "\n"), # == "v=2")`, `"synack-late" in diag`,
		`let x = 3s; reduce(1..5, #acc + #, 0) > 3`, `target contains "bank" // 3s`, `{a: 3s}.a > rtt`, `cmd matches text`, `[3s][0] == owed`, `$env["len"] ?? 1`,
	} {
		f.Add(source, "data")
	}
	f.Fuzz(func(t *testing.T, source, text string) {
		if len(text) > 1<<16 {
			return
		}
		frame := sample()
		frame.Text = text
		x, err := expression.Compile(source, expression.Later)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\x1b\r") {
				t.Errorf("the error reaches a terminal unescaped: %q", err)
			}
			return
		}
		first, err := x.Match(frame)
		if again, err2 := x.Clone().Match(frame); again != first || (err == nil) != (err2 == nil) {
			t.Errorf("it chooses %v (%v), and then %v (%v)", first, err, again, err2)
		}
	})
}
