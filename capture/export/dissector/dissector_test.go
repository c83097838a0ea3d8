package dissector_test

import (
	"fmt"
	"strings"
	"testing"

	"anytls-inspect/capture/export/dissector"
	"anytls-inspect/protocol"
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
