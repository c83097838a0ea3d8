package replay_test

import (
	"context"
	"fmt"
	"io"
	"os"

	"anytls-inspect/capture"
	"anytls-inspect/capture/replay"
)

// printed is a sink that prints events.
type printed struct{}

// Record implements [capture.Sink].
func (printed) Record(e *capture.Event) {
	switch e.Kind {
	case capture.Opened:
		fmt.Println(e.Client, "connects to", e.Server)
	case capture.Established:
		fmt.Println(e.TLS.Version, e.TLS.Cipher)
	case capture.Data:
		fmt.Printf("%v: %d bytes\n", e.Dir, len(e.Data))
	case capture.Closed:
		fmt.Println("closed by", e.By)
	default: // Listening, Gap
	}
}

// A capture file is replayed with its key log: a client whose password is wrong
// says what it has to say, and the server closes the session.
func Example() {
	file, err := os.Open("testdata/wrongpw.pcap")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	keys, err := os.Open("testdata/wrongpw.keys")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer keys.Close()
	source := replay.New(replay.Config{Input: file, KeyLogs: []io.Reader{keys}})
	if err := source.Run(context.Background(), printed{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 127.0.0.1:38344 connects to 127.0.0.1:21003
	// TLS 1.3 TLS_AES_128_GCM_SHA256
	// c2s: 64 bytes
	// c2s: 266 bytes
	// closed by server
}
