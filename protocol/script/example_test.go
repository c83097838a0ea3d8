package script_test

import (
	"fmt"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
	"anytls-inspect/protocol/session"
)

// A script is read into steps, and steps are printed as a script.
func Example() {
	s, err := script.Parse(`
		c> SETTINGS "v=2\nclient=x/1" ...      # one record, two frames
		c> syn 1
		s> raw 07 00000001 0010 "conn"         # a frame that was cut
		+ 60s
		close server "a reset"`)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, st := range s.Steps {
		if st.Kind == script.Data {
			fmt.Printf("%v sends %d bytes, and the record goes on: %v\n", st.Dir.Sender(), len(st.Wire), st.Continues)
		}
	}
	fmt.Print(s)
	// Output:
	// client sends 21 bytes, and the record goes on: true
	// client sends 7 bytes, and the record goes on: false
	// server sends 11 bytes, and the record goes on: false
	// c> SETTINGS v=2 client=x/1 ...
	// c> SYN 1
	// s> raw 07 00000001 0010 "conn"
	// + 1m
	// close server "a reset"
}

// A mistake is told with its line.
func ExampleParse_error() {
	_, err := script.Parse("c> SYN 1\n\nc> FOO 1")
	fmt.Println(err)
	// Output:
	// line 3: c> FOO 1: no command "FOO"
}

// Records become lines, a line a frame, with what became of them.
func ExampleCutter() {
	answer, _ := protocol.AppendFrame(nil, protocol.HeartResponse, 0, nil)
	data, _ := protocol.AppendFrame(nil, protocol.PSH, 1, []byte("an answer, cut"))
	cutter := script.NewCutter(1)
	record := func(wire []byte, fate session.Fate, continues bool) {
		for _, st := range cutter.Record(protocol.ServerToClient, wire, fate, continues) {
			fmt.Println(st.String())
		}
	}
	record(answer, session.Fate{Kind: session.Absorbed}, true)
	record(data[:12], session.Fate{}, false)
	record(append(data[12:], answer...), session.Fate{}, false)
	// Output:
	// s> HEARTRESPONSE absorbed ...
	// s> raw 02 00000001 000e "an an"
	// s> raw "swer, cut" ...
	// s> HEARTRESPONSE
}
