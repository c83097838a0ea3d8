package ca

import (
	"crypto/rsa"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// onlyRSA is what a client says that verifies RSA signatures only.
func onlyRSA(name string) *tls.ClientHelloInfo {
	return &tls.ClientHelloInfo{
		ServerName: name, SupportedVersions: []uint16{tls.VersionTLS13},
		SignatureSchemes: []tls.SignatureScheme{tls.PSSWithSHA256},
	}
}

// TestRSAKeyHoldsUpNobody: the RSA key is made for the first client that needs it, and
// once. Meanwhile others get their certificates.
func TestRSAKeyHoldsUpNobody(t *testing.T) {
	authority, err := Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	asked, goOn := make(chan struct{}, 2), make(chan struct{})
	generate := authority.keys.rsa
	authority.keys.rsa = func() (*rsa.PrivateKey, error) {
		asked <- struct{}{}
		<-goOn
		return generate()
	}
	type answer struct {
		cert *tls.Certificate
		err  error
	}
	answers := make(chan answer, 2)
	for i := range 2 {
		go func() { // until goOn is closed
			cert, err := authority.Certificate(onlyRSA(fmt.Sprintf("%d.example", i)))
			answers <- answer{cert, err}
		}()
		<-asked
	}
	if _, err := authority.Certificate(&tls.ClientHelloInfo{ServerName: "example.com"}); err != nil {
		t.Error(err)
	}
	if len(answers) > 0 {
		t.Error("a client that needs RSA did not wait for the key")
	}
	close(goOn)
	one, two := <-answers, <-answers
	if one.err != nil || two.err != nil {
		t.Fatal(one.err, two.err)
	}
	if one.cert.PrivateKey != two.cert.PrivateKey || one.cert == two.cert {
		t.Error("two names must have two leaves of one key")
	}
}

// TestLeavesAreBounded: clients choose the names, and the kind of key.
func TestLeavesAreBounded(t *testing.T) {
	authority, err := Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxLeaves + 10 {
		name := fmt.Sprintf("%d.example", i)
		hellos := []*tls.ClientHelloInfo{{ServerName: name}}
		if i%8 == 0 {
			hellos = append(hellos, onlyRSA(name))
		}
		for _, hello := range hellos {
			if _, err := authority.Certificate(hello); err != nil {
				t.Fatal(err)
			}
		}
		if len(authority.leaves) > maxLeaves {
			t.Fatalf("%d leaves are kept", len(authority.leaves))
		}
	}
}

// TestCreateWithoutLinks: a file system without links is no reason to fail, nor to
// replace what is there.
func TestCreateWithoutLinks(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	refuse := func(from, to string) error {
		return &os.LinkError{Op: "link", Old: from, New: to, Err: syscall.EPERM}
	}
	for _, text := range []string{"first", "second"} {
		if err := createBy(refuse, path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "first" {
		t.Errorf("the file holds %q, %v", got, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("the directory holds %v, %v", entries, err)
	}
}

// TestCreateFails: a directory that is gone is told.
func TestCreateFails(t *testing.T) {
	if err := create(filepath.Join(t.TempDir(), "no such directory", "file"), nil, 0o600); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error: %v", err)
	}
}
