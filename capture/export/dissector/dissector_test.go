package dissector_test

import (
	"fmt"
	"strings"
	"testing"

	"anytls-inspect/capture/export/dissector"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestCommands: the script has the number and the name of each command from package
// protocol. The tests of interop hold what tshark makes of the script.
func TestCommands(t *testing.T) {
	lua := dissector.Lua()
	var numbers []string
	for c := protocol.Waste; c <= protocol.ServerSettings; c++ {
		if !strings.Contains(lua, fmt.Sprintf("%q", c.String())) {
			t.Errorf("the script does not name %v", c)
		}
		numbers = append(numbers, fmt.Sprint(uint8(c)))
	}
	if all := strings.Join(numbers[:6], ", ") + "\n"; !strings.Contains(lua, "WASTE, SYN, PSH, FIN, SETTINGS, ALERT = "+all) {
		t.Error("the first six commands have other numbers")
	}
	if all := strings.Join(numbers[6:], ", ") + "\n"; !strings.Contains(lua, "SCHEME, SYNACK, HEART_REQUEST, HEART_RESPONSE, SERVER_SETTINGS = "+all) {
		t.Error("the other commands have other numbers")
	}
}

// TestFates: the script knows each fate by its word, and whether the relay made or kept
// the frame.
func TestFates(t *testing.T) {
	lua := dissector.Lua()
	for k := session.Forwarded; k <= session.Held; k++ {
		fate, want := session.Fate{Kind: k}, k.String()+" = {}"
		switch {
		case fate.Made():
			want = k.String() + " = { made = true }"
		case fate.Kept():
			want = k.String() + " = { kept = true }"
		}
		if !strings.Contains(lua, want) {
			t.Errorf("the script lacks %q", want)
		}
	}
}
