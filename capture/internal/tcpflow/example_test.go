package tcpflow_test

import (
	"fmt"

	"anytls-inspect/capture/internal/tcpflow"
)

// Segments come late, twice and not at all; the bytes come out as they were sent.
func Example() {
	var stream tcpflow.Stream
	stream.Init(tcpflow.DefaultLimits())
	take := func() {
		for p, ok := stream.Next(); ok; p, ok = stream.Next() {
			switch {
			case p.End:
				fmt.Println("the end")
			case p.Missing > 0:
				fmt.Println(p.Missing, "bytes are missing")
			default:
				fmt.Printf("%q\n", p.Data)
			}
		}
	}
	add := func(seg tcpflow.Segment) {
		seg.Length = len(seg.Payload)
		stream.Add(0, &seg)
		take()
	}
	add(tcpflow.Segment{Seq: 99, SYN: true})
	add(tcpflow.Segment{Seq: 104, Payload: []byte("is late")})
	add(tcpflow.Segment{Seq: 100, Payload: []byte("who ")})
	add(tcpflow.Segment{Seq: 100, Payload: []byte("who ")})
	add(tcpflow.Segment{Seq: 114, Payload: []byte("behind a hole"), FIN: true})
	stream.Flush() // no more packets come
	take()
	// Output:
	// "who "
	// "is late"
	// 3 bytes are missing
	// "behind a hole"
	// the end
}
