package protocol_test

import (
	"fmt"

	"anytls-inspect/protocol"
)

// A server's bytes become frames, however the network cut them.
func ExampleDecoder() {
	wire, _ := protocol.AppendFrame(nil, protocol.ServerSettings, 0, []byte("v=2"))
	wire, _ = protocol.AppendFrame(wire, protocol.PSH, 1, []byte("hello"))
	decoder := protocol.NewDecoder(protocol.ServerToClient)
	for _, chunk := range [][]byte{wire[:4], wire[4:19], wire[19:]} {
		for len(chunk) > 0 {
			piece, n := decoder.Next(chunk)
			chunk = chunk[n:]
			if piece.Kind != protocol.PieceNone {
				fmt.Printf("%v, stream %d: %q, last %v\n", piece.Header.Command, piece.Header.Stream, piece.Data, piece.Last)
			}
		}
	}
	// Output:
	// ServerSettings, stream 0: "v=2", last true
	// PSH, stream 1: "he", last false
	// PSH, stream 1: "llo", last true
}

// What can be read of settings counts, whatever else is in them.
func ExampleParseSettings() {
	s, err := protocol.ParseSettings([]byte("client=anytls/0.0.13\nnonsense\nv=2"))
	fmt.Printf("version %d, client %q\n", s.Version, s.Client)
	fmt.Println(err)
	// Output:
	// version 2, client "anytls/0.0.13"
	// settings line 2 has no '=': "nonsense"
}

// A scheme says how the client's first writes are cut and filled up.
func ExamplePaddingScheme_Slot() {
	scheme, err := protocol.ParsePaddingScheme([]byte("stop=3\n0=30-30\n1=100-400\n2=400-500,c,500-1000"))
	if err != nil {
		panic(err)
	}
	for n := range scheme.Stop {
		fmt.Printf("write %d:", n)
		for _, size := range scheme.Slot(n) {
			if size.Check {
				fmt.Print(" end here if no payload is left,")
			} else {
				fmt.Printf(" %d to %d bytes,", size.Min, size.Max)
			}
		}
		fmt.Println()
	}
	fmt.Println("write 3 is shaped:", scheme.Slot(3) != nil)
	// Output:
	// write 0: 30 to 30 bytes,
	// write 1: 100 to 400 bytes,
	// write 2: 400 to 500 bytes, end here if no payload is left, 500 to 1000 bytes,
	// write 3 is shaped: false
}
