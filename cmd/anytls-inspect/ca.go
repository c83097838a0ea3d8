package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"anytls-inspect/capture/ca"
)

// configDir returns the directory of the user's configuration of this program.
func configDir() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("where to keep keys: %w; set HOME or XDG_CONFIG_HOME", err)
	}
	return filepath.Join(dir, program), nil
}

// openAuthority opens the relay's own CA, and makes it on first use.
func openAuthority() (*ca.Authority, error) {
	dir, err := configDir()
	if err != nil {
		return nil, err
	}
	return ca.Open(dir)
}

func newCA(s *stdio) *cobra.Command {
	var export string
	c := &cobra.Command{
		Use:   "ca",
		Short: "Tell where the relay's CA is and how clients come to trust it",
		Long: `The relay shows clients a certificate that its own CA issues for the name they ask
for. The CA is made on first use. Its key stays in a file that only you can read:
whoever has it can impersonate any server to clients that trust the CA. One that
others can read is refused. Beside it is fingerprint.key, with which credentials are
named in the output.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return runCA(s, export) },
	}
	c.Flags().StringVar(&export, "export", "", "write the CA's certificate to `FILE` (PEM; - for standard output)")
	return c
}

// runCA tells about the CA, or writes its certificate where export says.
func runCA(s *stdio, export string) error {
	authority, err := openAuthority()
	if err != nil {
		return err
	}
	switch export {
	case "":
		return tellCA(s, authority)
	case stdioName:
		_, err = s.out.Write(authority.PEM())
		return err
	default:
		if err := exportCA(export, authority.PEM()); err != nil {
			return fmt.Errorf("--export: %w", err)
		}
		_, err = fmt.Fprintf(s.err, "wrote %s\n", export)
		return err
	}
}

// exportCA writes a certificate, which is public, to a file.
func exportCA(path string, pem []byte) error {
	f, err := openOutput(path, os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(pem)
	return errors.Join(err, f.Close())
}

// tellCA prints where the CA is, and how clients come to trust it.
func tellCA(s *stdio, authority *ca.Authority) error {
	_, err := fmt.Fprintf(s.out, `certificate  %s
SHA-256      %s
valid until  %s

How clients come to trust the relay:

anytls-go    nothing to do: its client does not verify certificates
sing-box     "tls": {"enabled": true, "certificate_path": %q}
             or "insecure": true
mihomo       skip-cert-verify: true, or fingerprint: the SHA-256 above
Rust ones    their option to skip verification, or the system's store
the system   cp %s /usr/local/share/ca-certificates/anytls-inspect.crt &&
             update-ca-certificates   (Debian; remove it when you are done)

Clients behind REALITY or ECH can't be intercepted.
`, authority.Path, authority.Fingerprint(), authority.NotAfter().UTC().Format("2006-01-02"), authority.Path, authority.Path)
	return err
}
