package tlstap_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/internal/tlstap"
	"anytls-inspect/protocol"
)

// A recorded connection is observed: the lines of a tape are what each side sent, in
// hex, and a key log.
func Example() {
	tape, err := os.ReadFile("testdata/openssl-chacha20.tape")
	if err != nil {
		fmt.Println(err)
		return
	}
	store := keylog.NewStore(0)
	keys := keylog.NewParser(store, nil)
	observer := tlstap.NewObserver(store.Lookup, func(f *tlstap.Finding) {
		switch f.Kind {
		case tlstap.Hello:
			fmt.Println(tlsrec.VersionName(f.Info.Version), f.Info.Suite, f.Info.SNI)
		case tlstap.Data:
			fmt.Printf("%v: %q\n", f.Dir, f.Data)
		case tlstap.Alert:
			fmt.Printf("%v: %s\n", f.Dir, tlsrec.AlertName(f.Description))
		default: // Established, NoKey, Lost, Stopped
		}
	})
	for line := range strings.Lines(string(tape)) {
		switch mark, rest, _ := strings.Cut(strings.TrimSpace(line), " "); mark {
		case ">", "<":
			dir := protocol.ClientToServer
			if mark == "<" {
				dir = protocol.ServerToClient
			}
			data, _ := hex.DecodeString(rest)
			observer.Feed(dir, data)
		default:
			fmt.Fprint(keys, line)
		}
	}
	observer.End(protocol.ClientToServer)
	observer.End(protocol.ServerToClient)
	// Output:
	// TLS 1.3 TLS_CHACHA20_POLY1305_SHA256 example.org
	// c2s: "one\n"
	// s2c: "eno\n"
	// c2s: "two\n"
	// s2c: "owt\n"
	// c2s: close_notify
	// s2c: close_notify
}
