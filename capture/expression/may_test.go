package expression_test

import (
	"fmt"
	"math/rand/v2"
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
		{`cmd matches "^(PSH|FIN|Waste|Settings|ServerSettings)$"`, false},
		{`cmd matches "^(PSH|SYN|Waste|Settings|ServerSettings)$"`, true},
		{`cmd matches "(x{100}y){9}"`, false},
		{`cmd matches "(x{1000}y).{1000}"`, true}, // nor are patterns that take long
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

// TestMayIsTrue holds with random expressions and frames that one that chooses a frame is not
// said to be unable to, whichever of the frame's fields are known.
func TestMayIsTrue(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	commands := []string{"SYN", "PSH", "FIN", "Settings"}
	var random func(depth int) string
	random = func(depth int) string {
		pick := r.IntN(13)
		if depth == 0 {
			pick %= 9
		}
		command := commands[r.IntN(len(commands))]
		switch pick {
		case 0:
			return fmt.Sprintf("cmd == %q", command)
		case 1:
			return fmt.Sprintf("cmd != %q", command)
		case 2:
			return fmt.Sprintf("cmd in [%q, %q]", command, commands[r.IntN(len(commands))])
		case 3:
			return fmt.Sprintf("code %s %d", []string{"<", "<=", ">", ">=", "==", "!="}[r.IntN(6)], r.IntN(5))
		case 4:
			return fmt.Sprintf("stream in %d..%d", r.IntN(3), r.IntN(5))
		case 5:
			return fmt.Sprintf("dir == %q", []string{"c2s", "s2c"}[r.IntN(2)])
		case 6:
			return fmt.Sprintf("cmd %s %q", []string{"startsWith", "endsWith", "contains", "matches"}[r.IntN(4)], command[:1+r.IntN(2)])
		case 7:
			return []string{"true", "false", "preamble", "stream > 1", "len == 0"}[r.IntN(5)]
		case 8:
			return fmt.Sprintf("stream not in [%d, %d]", r.IntN(3), r.IntN(3))
		case 9:
			return "not (" + random(depth-1) + ")"
		case 10:
			return "(" + random(depth-1) + " and " + random(depth-1) + ")"
		case 11:
			return "(" + random(depth-1) + " or " + random(depth-1) + ")"
		default:
			return "(" + random(depth-1) + " ? " + random(depth-1) + " : " + random(depth-1) + ")"
		}
	}
	chosen, decided := 0, 0
	for range 3000 {
		source := random(3)
		x, err := expression.Compile(source, expression.Data)
		if err != nil {
			t.Fatal(err)
		}
		f := expression.Frame{Cmd: commands[r.IntN(4)], Code: r.IntN(5), Stream: r.IntN(4), Len: r.IntN(2), Dir: "c2s", Preamble: r.IntN(2) == 0}
		known := make(map[string]any)
		for name, value := range map[string]any{"cmd": f.Cmd, "code": f.Code, "stream": f.Stream, "dir": f.Dir, "preamble": f.Preamble} {
			if r.IntN(2) == 0 {
				known[name] = value
			}
		}
		chooses, err := x.Match(&f)
		if err != nil {
			t.Fatal(err)
		}
		may := x.May(known)
		if chooses && !may {
			t.Errorf("%s chooses %+v, of which %v is known, and is said not to", source, f, known)
		}
		if chooses {
			chosen++
		}
		if !may {
			decided++
		}
	}
	if chosen < 300 || decided < 300 {
		t.Errorf("%d frames were chosen, and %d times it was said that none can be: the test shows little", chosen, decided)
	}
}
