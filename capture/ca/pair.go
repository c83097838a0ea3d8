package ca

import (
	"fmt"
	"slices"
)

// Pair issues a certificate for names and IP addresses, in the PEM form in which programs
// read their own: the certificate with that of the CA behind it, and its key (ECDSA, PKCS #8).
// Whoever writes the key to a file has to keep others from it.
func (a *Authority) Pair(names ...string) (cert, key []byte, err error) {
	made, err := makeKey() // not that of the run's own leaves: a program gets to know it
	if err != nil {
		return nil, nil, fmt.Errorf("make a key for a certificate: %w", err)
	}
	leaf, err := a.issue(made, names...)
	if err != nil {
		return nil, nil, err
	}
	if key, err = encodeKey(made); err != nil {
		return nil, nil, err
	}
	return slices.Concat(encode(leaf.Leaf), a.PEM()), key, nil
}
