// Transform changes a capture, or a key log, as the tests do, so that the same file can be
// given to other programs, and to people:
//
//	transform CHANGE... IN.pcap OUT.pcap
//	transform CHANGE... IN.keys OUT.keys
//
// It writes pcap. What is changed how, [pcaptest.Apply] says, and of a key log, whose name
// ends in .keys, [pcaptest.ApplyToKeys].
package main

import (
	"fmt"
	"os"
	"strings"

	"anytls-inspect/capture/internal/pcaptest"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "transform:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: transform CHANGE... IN OUT")
	}
	words, in, out := strings.Join(args[:len(args)-2], " "), args[len(args)-2], args[len(args)-1]
	b, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	if strings.HasSuffix(in, ".keys") {
		b, err = pcaptest.ApplyToKeys(b, words)
	} else {
		b, err = transformed(b, words)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(out, b, 0o600)
}

// transformed returns a capture file with changes.
func transformed(file []byte, words string) ([]byte, error) {
	c, err := pcaptest.Parse(file)
	if err != nil {
		return nil, err
	}
	if c, err = pcaptest.Apply(c, words); err != nil {
		return nil, err
	}
	return c.Bytes(), nil
}
