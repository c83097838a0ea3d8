package main

import (
	"anytls-inspect/capture/ca"
	"anytls-inspect/protocol"
)

// A fingerprintKey is what the fingerprints of credentials are made with.
type fingerprintKey struct {
	// key is the machine's. It is zero where none can be kept: then the run's journal
	// makes one.
	key protocol.FingerprintKey
	// ofRun says that fingerprints can't be compared with those of other runs.
	ofRun bool
}

// openFingerprintKey opens the key that is kept beside the CA, and makes it on first use.
// Where that fails the run goes on without, and a warning says why.
func openFingerprintKey(w *warner) fingerprintKey {
	dir, err := configDir()
	if err == nil {
		var key protocol.FingerprintKey
		if key, err = ca.OpenFingerprintKey(dir); err == nil {
			return fingerprintKey{key: key}
		}
	}
	w.warn("fingerprints of credentials are of this run alone: " + protocol.Printable(err.Error()))
	return fingerprintKey{ofRun: true}
}
