package process

import (
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	tests := []struct {
		text string
		want []string
		err  string
	}{
		{text: "my-server -l {listen} -p {password}", want: []string{"my-server", "-l", "{listen}", "-p", "{password}"}},
		{text: ` 'my server' "-l" socks5://{socks}`, want: []string{"my server", "-l", "socks5://{socks}"}},
		{text: `env A='{"x": 1}' s ''`, want: []string{"env", `A={"x": 1}`, "s", ""}},
		{text: `s a\ b 'C:\x' "\""`, want: []string{"s", "a b", `C:\x`, `"`}},
		{text: "s # -l\n-p", want: []string{"s", "-p"}},
		{text: "s a#b $HOME | `x`", want: []string{"s", "a#b", "$HOME", "|", "`x`"}},
		{text: "", err: "the command names no program"},
		{text: " \t # x", err: "names no program"},
		{text: "'' x", err: "names no program"},
		{text: `s "x`, err: "the command ends inside of a quotation"},
		{text: "s 'x", err: "ends inside of a quotation"},
		{text: `s \`, err: "or with a backslash"},
		{text: "s '\x1b[31m", err: "the command ends inside of a quotation, or with a backslash"},
	}
	for _, tt := range tests {
		c, err := Parse(tt.text)
		if !reflect.DeepEqual(c.Words, tt.want) || (err != nil) != (tt.err != "") {
			t.Errorf("Parse(%q) = %q, %v; want %q", tt.text, c.Words, err, tt.want)
		} else if err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("Parse(%q): %q does not say %q", tt.text, err, tt.err)
		}
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name     string
		command  Command
		required []string
		err      string // empty: nothing is wrong
	}{
		{name: "a server", command: Command{Words: []string{"s", "-l", "{listen}"}}, required: []string{"listen"}},
		{name: "its port alone", command: Command{Words: []string{"s", "--port={listen_port}"}}, required: []string{"listen"}},
		{name: "in the environment", command: Command{Words: []string{"s"}, Env: []string{"AT={listen}"}}, required: []string{"listen"}},
		{
			name: "in the configuration", required: []string{"listen"},
			command: Command{Words: []string{"s", "{config}"}, Config: `{"listen_port": {listen_port}}`},
		},
		{
			name: "its host alone", required: []string{"listen"},
			command: Command{Words: []string{"s", "{listen_host}"}},
			err:     `the command has no {listen}: a server has to be told where to listen`,
		},
		{
			name: "a client without SOCKS", required: []string{"server", "socks"},
			command: Command{Words: []string{"c", "{server}"}},
			err:     "has no {socks}: a client has to be told where its SOCKS inbound is to listen",
		},
		{
			name: "not in the configuration either", required: []string{"server"},
			command: Command{Words: []string{"c", "{config}"}, Config: "x"},
			err:     `the command, with its configuration, has no {server}`,
		},
		{
			name: "typo", command: Command{Words: []string{"s", "-l={Listen}"}},
			err: `there is no placeholder {Listen}; there are {ca} {cert} {config} {dir} {key} {listen} {listen_host}`,
		},
		{name: "typo in the environment", command: Command{Words: []string{"s"}, Env: []string{"A={b}"}}, err: "there is no placeholder {b}"},
		{name: "no placeholders", command: Command{Words: []string{"s", `{"a": {}, "b{1}": "{ x }"}`}}},
		{name: "braces in the configuration", command: Command{Words: []string{"s", "{config}"}, Config: "{a}{b}"}},
		{
			name: "no configuration", command: Command{Words: []string{"s", "{config}"}},
			err: "{config} stands for a configuration file, and none is given",
		},
		{
			name: "a configuration that nobody reads", command: Command{Words: []string{"s"}, Config: "{config}"},
			err: "names it nowhere: write {config} where its path belongs",
		},
		{name: "no program", err: "names no program"},
		{name: "environment", command: Command{Words: []string{"s"}, Env: []string{"=x"}}, err: "not NAME=VALUE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.command.Check(tt.required...)
			switch {
			case err == nil && tt.err != "", err != nil && tt.err == "":
				t.Errorf("Check = %v, want %q", err, tt.err)
			case err != nil && !strings.Contains(err.Error(), tt.err):
				t.Errorf("Check = %q, want %q", err, tt.err)
			}
		})
	}
}

func TestExpand(t *testing.T) {
	values := Values{
		Listen: "[::1]:8443", Server: "127.0.0.1:443", Socks: "127.0.0.1:1080",
		Password: "a b {server}", Cert: "/c.pem", Key: "/k.pem", Dir: "/d",
	}
	tests := []struct{ text, want, err string }{
		{text: "{listen} {listen_host} {listen_port}", want: "[::1]:8443 ::1 8443"},
		{text: "{server}{server_host}{server_port}", want: "127.0.0.1:443127.0.0.1443"},
		{text: "socks5://{socks}", want: "socks5://127.0.0.1:1080"},
		{text: "{socks_host}:{socks_port}", want: "127.0.0.1:1080"},
		{text: "{cert}{key}{dir}{config}", want: "/c.pem/k.pem/d/config"},
		{text: "{{password}}", want: "{a b {server}}"}, // what a value has is no placeholder
		{text: "{} {1} { listen } {x}", want: "{} {1} { listen } {x}"},
		{text: "{ca}", err: "{ca} stands for nothing here"},
	}
	table, err := values.table()
	if err != nil {
		t.Fatal(err)
	}
	table[config] = "/config"
	for _, tt := range tests {
		got, err := replace(tt.text, table, asIs)
		if tt.err == "" && (err != nil || got != tt.want) {
			t.Errorf("%q becomes %q, %v; want %q", tt.text, got, err, tt.want)
		}
		if tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%q: %v, want %q", tt.text, err, tt.err)
		}
	}
	if _, err := (Values{Socks: "1080"}).table(); err == nil || !strings.Contains(err.Error(), `{socks} stands for "1080", which is not host:port`) {
		t.Errorf("an address without a host: %v", err)
	}
}

func TestExpandConfig(t *testing.T) {
	table, err := Values{Listen: "127.0.0.1:8443", Password: `"\` + "\n<"}.table()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, text, want, err string }{
		{name: "JSON", text: "\n{\"p\": \"{password}\", \"n\": {listen_port}, \"o\": {other}}", want: "\n{\"p\": \"\\\"\\\\\\n<\", \"n\": 8443, \"o\": {other}}"},
		{name: "others", text: "p: {password}\nn: {}", want: "p: \"\\\n<\nn: {}"},
		{name: "nothing", text: "{key}", err: "the configuration's {key} stands for nothing here"},
	}
	for _, tt := range tests {
		got, err := file(tt.text, table)
		if tt.err == "" && (err != nil || got != tt.want) {
			t.Errorf("%s: %q, %v; want %q", tt.name, got, err, tt.want)
		}
		if tt.err != "" && (err == nil || err.Error() != tt.err) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.err)
		}
	}
}
