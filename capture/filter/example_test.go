package filter_test

import (
	"fmt"

	"anytls-inspect/capture/filter"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
)

func ExampleCompile() {
	f, err := filter.Compile(`cmd == "PSH" && len > 16000`)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, length := range []uint16{100, 16384} {
		e := journal.Entry{Header: protocol.Header{Command: protocol.PSH, Stream: 1, Length: length}}
		fmt.Println(length, f.Match(&e))
	}
	// Output:
	// 100 false
	// 16384 true
}
