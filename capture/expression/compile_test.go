package expression_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/expression"
)

// sample has a value in each field.
func sample() *expression.Frame {
	return &expression.Frame{
		Session: 2, Route: "eu", Dir: "s2c", Cmd: "SYNACK", Code: 7, Stream: 3, Len: 100,
		Client: "sing-anytls/0.0.11", Target: "example.com:443", Age: 4 * time.Second, Count: 7,
		Text: "v=2\nclient=x\n",
		RTT:  3200 * time.Millisecond, Diag: []string{"synack-late"}, Incident: 5, Owed: []string{"HeartResponse"}, Rule: 1, Injected: true,
	}
}

func TestMatch(t *testing.T) {
	for source, want := range map[string]bool{
		`session == 2 && route == "eu" && dir == "s2c" && code == 7`: true,
		`cmd == "SYNACK" && stream > 1`:                              true,
		`cmd in ["SYN", "FIN"]`:                                      false,
		`stream in 1..5`:                                             true,
		`len > 1000 or preamble`:                                     false,
		`client startsWith "sing-anytls/" && target contains "com"`:  true,
		`age > 3s && age <= 1m30s`:                                   true,
		`age == 4s && age - 1s > 2.5s && 2 * 3s > age`:               true,
		`age > -3s`:                 true,
		`age in [4s, 5s]`:           true,
		`age.Seconds() > 3`:         true,
		`age > duration("3s")`:      true,
		`let x = 3s; age > x`:       true,
		`let f = 3s; f.Hours() < 1`: true,
		`count > 6`:                 true,
		`text contains "client=" && text matches "^v=\\d"`:                      true,
		`any(split(text, "\n"), # == "v=2")`:                                    true,
		`upper(text) contains "V=" + "2"`:                                       true,
		`text + text == ""`:                                                     false,
		`"a" + "b" + cmd == "abSYNACK"`:                                         true,
		`len + stream == 103 && 1e3 > len`:                                      true,
		`rtt >= 3s`:                                                             true,
		`"synack-late" in diag && any(diag, # startsWith "synack")`:             true,
		`incident == 5 && rule == 1 && injected && !absorbed`:                   true,
		`"HeartResponse" in owed && "SYNACK" not in owed`:                       true,
		`owed != [] && owed == ["HeartResponse"]`:                               true,
		`[[1], [2]] == [[1], [2]] && {a: [1]} == {a: [1]} && [1] in [[1], [2]]`: true,
		`map(diag, [#])[0][0] == "synack-late" && {a: diag}.a == diag`:          true,
		`let p = "^SYN"; cmd matches p && cmd not matches p + "$"`:              true,
		`text matches "^(v|w)=[12]\n(client|server)=[a-z]{1,20}\n$"`:            true,
		`cmd matches "^(SYN|SYNACK|PSH|FIN|Settings|Alert|Waste)$"`:             true,
		`len in map(1..3, # * 50) && trim(text) != text && int("7") == code`:    true,
		`all(1..3, {let y = #; y > 0})`:                                         true,
		`map(1..3, # + 1)[0] == 2`:                                              true,
		`$env.len == 100`:                                                       true,
		`"3s" == '3s' and "3s" == ` + "`3s`" + ` // 3s`:                         true,
		`/* 3s */ true`: true,
	} {
		x, err := expression.Compile(source, expression.Later)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got, err := x.Match(sample()); err != nil || got != want {
			t.Errorf("%s: matches %v (%v), want %v", source, got, err, want)
		}
		if got, err := x.Clone().Match(sample()); err != nil || got != want {
			t.Errorf("%s: its clone matches %v (%v), want %v", source, got, err, want)
		}
		if x.String() != source {
			t.Errorf("%s: its source is %s", source, x)
		}
	}
}

// TestErrors: an error says what is wrong, and shows the place in what the user wrote.
func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		source string
		by     expression.Known
		at     string // what the source goes on with at the place
		want   string
	}{
		{`cmd = "PSH"`, expression.Later, `= "PSH"`, `unexpected token Operator("=")`},
		{`stream == "a"`, expression.Later, `== "a"`, "mismatched types int and string"},
		{`stream`, expression.Later, `stream`, "expected bool, but got int"},
		{``, expression.Later, ``, "unexpected token EOF"},
		{`comand == "SYN"`, expression.Later, `comand`, "unknown name comand; the fields are session, route, dir, cmd, "},
		{`cmnd == "SYN"`, expression.Later, `cmnd`, "unknown name cmnd (is it cmd?); the fields are "},
		{`3s < age && cmd == "é" && foo == 50ms`, expression.Later, `foo`, "unknown name foo; "},
		{"cmd == \"SYN\" &&\n\t3s > foo", expression.Later, `foo`, "(2:7)\n |  3s > foo\n | ......^"},
		{`age > 3s && age > 3`, expression.Later, `> 3`, "mismatched types duration and int); a duration is written as in 3s"},
		{`cmd == "a" + 3s`, expression.Later, `+ 3s`, "mismatched types string and duration"},
		{`upper(3s) == ""`, expression.Later, `3s`, "cannot use duration"},
		{`3s 4s`, expression.Later, `4s`, `unexpected token Identifier("4s")`},
		{`let 3s = 1; true`, expression.Later, `3s`, "no duration can stand here"},
		{`{3s: 1}.x`, expression.Later, `3s`, "no duration can stand here"},
		{`age > 9999999h`, expression.Later, `9999999h`, "too long"},
		{`age > 3x`, expression.Later, `x`, "bad number syntax"},
		{`repeat("x", 9) == ""`, expression.Later, `repeat`, "unknown function repeat; the functions are abs, "},
		{`uper(cmd) == ""`, expression.Later, `uper`, "unknown function uper (is it upper?)"},
		{`1 in groupBy(owed, #)`, expression.Later, `groupBy`, "unknown function groupBy; "},
		{`now() > 3s`, expression.Later, `now`, "unknown function now; "},
		{`cmd == "SYN" && rtt > 3s`, expression.Data, `rtt`, "rtt is known only once the frame has passed: rules can't use it, filters can"},
		{`"x" in diag || rtt > 3s`, expression.Data, `diag`, "diag is known only once"},
		{`$env.len > 3`, expression.Data, `$env`, "rules can't use it"},
		{`text == ""`, expression.Past, `text`, "text is known once all of the frame's data is there"},
		{`cmd == SYN`, expression.Later, `SYN`, `unknown name SYN (a text stands in quotes, such as "SYN"); the fields are `},
		{`dir == c2s`, expression.Past, `c2s`, `such as "c2s")`},
		{`cmd == "银行" && foo`, expression.Later, `foo`, "(1:16)\n | cmd == \"银行\" && foo\n | .................^"},
		{`cmd == "é" && foo`, expression.Later, `foo`, "\n | ..............^"},
		{`cmd matches "[\x1b"`, expression.Later, ``, "missing closing ]"},
		{`foo == 1`, expression.Header, `foo`, "the fields are session, route, dir, cmd, code, stream, len, preamble ("},
		{"cmd == \"\x1b[2J\" && foo", expression.Later, `foo`, "\ufffd[2J"},
	} {
		_, err := expression.Compile(tt.source, tt.by)
		var e *expression.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: error %v, want an *Error", tt.source, err)
			continue
		}
		if !strings.Contains(e.Error(), tt.want) || !strings.HasPrefix(tt.source[e.At:], tt.at) {
			t.Errorf("%s: at %q says\n%v\nwant at %q %q", tt.source, tt.source[e.At:], e, tt.at, tt.want)
		}
		if strings.Contains(e.Error(), "\x1b") {
			t.Errorf("%s: the error reaches the terminal unescaped: %q", tt.source, e.Error())
		}
	}
}

// TestFails: what fails at a frame says why and where, in the words of the source.
func TestFails(t *testing.T) {
	for source, want := range map[string]string{
		`age > 3s && 7 % (stream - 3) == 1`: "divide by zero (1:15)\n | age > 3s && 7 % (stream - 3) == 1\n | ..............^",
		`first([]) > 3s`:                    "(1:11)\n | first([]) > 3s",
	} {
		x, err := expression.Compile(source, expression.Later)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		for range 2 {
			if chosen, err := x.Match(sample()); chosen || err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, error %v, want %q", source, chosen, err, want)
			}
		}
	}
}

func TestUses(t *testing.T) {
	for source, want := range map[string]struct {
		uses  string
		needs expression.Known
	}{
		`true`:                                 {"", expression.Header},
		`cmd == "text" && stream > 1`:          {"cmd stream", expression.Header},
		`cmd == "SYN" || target contains "x"`:  {"cmd target", expression.Past},
		`count > 1 && false && text == ""`:     {"count text", expression.Data},
		`any([1], {rtt > 3s && # == len})`:     {"len rtt", expression.Later},
		`let x = stream; {dir: x}.dir == code`: {"code stream", expression.Header},
	} {
		x, err := expression.Compile(source, expression.Later)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		var uses []string
		for _, f := range expression.Fields() {
			if x.Uses(f.Name) {
				uses = append(uses, f.Name)
			}
		}
		want.uses = strings.Join(order(strings.Fields(want.uses)), " ")
		if got := strings.Join(uses, " "); got != want.uses || x.Needs() != want.needs || x.Uses("no field") {
			t.Errorf("%s: uses %q, needs %v, want %q and %v", source, got, x.Needs(), want.uses, want.needs)
		}
	}
	x, err := expression.Compile(`$env["text"] == ""`, expression.Later)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range expression.Fields() {
		if !x.Uses(f.Name) {
			t.Errorf("$env does not use %s", f.Name)
		}
	}
}

// order returns names of fields in the order of the table.
func order(names []string) (ordered []string) {
	for _, f := range expression.Fields() {
		for _, name := range names {
			if name == f.Name {
				ordered = append(ordered, name)
			}
		}
	}
	return ordered
}
