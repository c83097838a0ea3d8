package process

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"anytls-inspect/protocol"
)

// FuzzParse: a command line of any kind is refused with a reason, or becomes words that have no
// placeholder left, in which a value is whole, whatever it has in it.
func FuzzParse(f *testing.F) {
	f.Add("s -l {listen} -p '{password}'", "p w")
	f.Add(`s "{listen_port}`, "")
	f.Add("{password} {x} {", "{listen}")
	f.Fuzz(func(t *testing.T, line, password string) {
		c, err := Parse(line)
		if err != nil {
			if len(c.Words) > 0 || protocol.Printable(err.Error()) != strings.ReplaceAll(err.Error(), `\`, `\\`) {
				t.Errorf("Parse(%q) = %q, %q", line, c.Words, err)
			}
			return
		}
		if len(c.Words) == 0 || c.Words[0] == "" {
			t.Fatalf("Parse(%q) = %q", line, c.Words)
		}
		table, err := Values{Listen: "127.0.0.1:8443", Password: password}.table()
		if err != nil {
			t.Fatal(err)
		}
		if c.Check() != nil {
			return
		}
		words, env, err := c.expand(table)
		if err != nil {
			return
		}
		if len(words) != len(c.Words) || len(env) != 0 {
			t.Fatalf("%q become %q, %q", c.Words, words, env)
		}
		for i, word := range c.Words {
			if !strings.Contains(word, "{") && words[i] != word {
				t.Errorf("%q becomes %q without a placeholder", word, words[i])
			}
			if slices.Contains(names(word), "password") && (password == "" || !strings.Contains(words[i], password)) {
				t.Errorf("%q becomes %q, without the password %q", word, words[i], password)
			}
		}
	})
}

// FuzzConfig: whatever a password is made of, a configuration in JSON stays one, and has it.
func FuzzConfig(f *testing.F) {
	f.Add(`a "b" \ {listen}`)
	f.Fuzz(func(t *testing.T, password string) {
		if password == "" || !utf8.ValidString(password) {
			return // JSON has no other strings
		}
		table, err := Values{Password: password}.table()
		if err != nil {
			t.Fatal(err)
		}
		text, err := file(`{"password": "{password}", "other": {}}`, table)
		if err != nil {
			t.Fatal(err)
		}
		var has struct{ Password string }
		if err := json.Unmarshal([]byte(text), &has); err != nil || has.Password != password {
			t.Errorf("%q becomes %s, which has %q, %v", password, text, has.Password, err)
		}
	})
}
