package tlsrec_test

import (
	"fmt"

	"anytls-inspect/capture/internal/tlsrec"
)

// A record is sealed in the buffer that its plaintext lies in, and opened in the
// buffer that it came in.
func Example() {
	secret := make([]byte, 32) // CLIENT_TRAFFIC_SECRET_0 of a key log
	keys, err := tlsrec.TrafficKeys(tlsrec.AES128GCMSHA256, secret)
	if err != nil {
		fmt.Println(err)
		return
	}
	sealer, opener := tlsrec.NewSealer(keys), tlsrec.NewOpener(keys)

	buf := make([]byte, tlsrec.MaxRecord)
	n := copy(buf[sealer.Headroom():], "a frame")
	record, err := sealer.Seal(buf[:0], tlsrec.ApplicationData, buf[sealer.Headroom():][:n])
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("sealed: % x…, %d bytes, %d more than the plaintext\n",
		record[:tlsrec.HeaderLen], len(record), sealer.Overhead())

	typ, plaintext, err := opener.Open(record)
	fmt.Printf("opened: type %d, %q, %v\n", typ, plaintext, err)

	_, _, err = opener.Open(record) // in place: the record is no more
	fmt.Println(err)
	// Output:
	// sealed: 17 03 03 00 18…, 29 bytes, 22 more than the plaintext
	// opened: type 23, "a frame", <nil>
	// record does not open: number 1, 29 bytes
}
