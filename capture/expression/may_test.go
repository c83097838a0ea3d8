package expression_test

import (
	"testing"

	"anytls-inspect/capture/expression"
)

// TestMay holds what is said of an expression where only some fields are known: that it can
// choose the frame, unless no value of the others can make it.
func TestMay(t *testing.T) {
	known := map[string]any{"cmd": "SYN", "code": 1, "dir": "c2s", "preamble": false}
	tests := []struct {
		source string
		may    bool
	}{
		{`true`, true},
		{`false`, false},
		{`cmd == "SYN"`, true},
		{`cmd == "PSH"`, false},
		{`cmd != "PSH"`, true},
		{`cmd == "PSH" && stream > 1`, false},
		{`stream > 1 and cmd == "PSH"`, false},
		{`cmd == "PSH" || stream > 1`, true},
		{`stream > 1 or cmd == "SYN"`, true},
		{`cmd in ["SYN", "PSH"]`, true},
		{`cmd in ["FIN", "PSH"]`, false},
		{`cmd in ["FIN", client]`, true},
		{`not (cmd in ["FIN", "PSH"])`, true},
		{`cmd not in ["SYN", "PSH"]`, false},
		{`code in [1, 2]`, true},
		{`code in 2..5`, false},
		{`stream in 2..5`, true},
		{`code > 1`, false},
		{`code >= 1`, true},
		{`code < 1`, false},
		{`code <= 1`, true},
		{`code + 1 == 5`, true}, // sums are not followed
		{`preamble`, false},
		{`!preamble`, true},
		{`preamble == false`, true},
		{`preamble != (dir == "c2s")`, true},
		{`cmd startsWith "S"`, true},
		{`cmd endsWith "S"`, false},
		{`cmd contains "Y"`, true},
		{`cmd matches "^P"`, false},
		{`dir == "c2s" ? stream == 3 : true`, true},
		{`dir == "s2c" ? true : cmd == "PSH"`, false},
		{`stream == 3 ? cmd == "PSH" : false`, true},
		{`target contains "bank"`, true},
		{`age > 3s`, true},
	}
	for _, test := range tests {
		x, err := expression.Compile(test.source, expression.Data)
		if err != nil {
			t.Error(err)
			continue
		}
		if may := x.May(known); may != test.may {
			t.Errorf("%s: %v, want %v", test.source, may, test.may)
		}
	}
}
