package keylog_test

import (
	"encoding/hex"
	"fmt"
	"strings"

	"anytls-inspect/capture/internal/keylog"
)

// A key log is parsed in chunks of any size. What is not one of its lines is told
// of, and nothing that is printed shows a secret.
func Example() {
	random, secret := strings.Repeat("0a", 32), strings.Repeat("15", 32)
	text := "# made by crypto/tls\n" +
		"CLIENT_TRAFFIC_SECRET_0 " + random + " " + secret + "\n" +
		"SERVER_TRAFFIC_SECRET_0 " + random + " " + secret[:30] + "\n"

	store := keylog.NewStore(0)
	parser := keylog.NewParser(store, func(e *keylog.LineError) { fmt.Println(e) })
	fmt.Fprint(parser, text[:50])
	fmt.Fprint(parser, text[50:])

	r, _ := hex.DecodeString(random)
	secrets, ok := store.Lookup(keylog.Random(r))
	fmt.Println(secrets, ok)
	fmt.Println(len(secrets.Get(keylog.ClientTraffic)), "bytes")
	// Output:
	// key log, line 3: SERVER_TRAFFIC_SECRET_0 secret is 15 bytes, not 32 or 48
	// Secrets(CLIENT_TRAFFIC_SECRET_0) true
	// 32 bytes
}
