package main

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
)

// TestRelayProcess runs the relay as a user does, between a server and a client
// that verify their peers: password file, CA files, key log, heartbeats.
func TestRelayProcess(t *testing.T) {
	dir := t.TempDir()
	serverCA, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	server := serveEcho(t, serverCA, "secret")
	keylog := filepath.Join(dir, "keys.log")
	cmd := command(t, build(t), "relay", "-l", "127.0.0.1:0",
		"-s", "anytls://in-the-uri@"+server+"/?sni=localhost",
		"--server-ca", write("roots.pem", string(serverCA.PEM())),
		"--password-file", write("password", "not this one\nsecret\n"),
		"--keylog", keylog, "--heartbeat", "5ms", "-o", "json")
	config := t.TempDir()
	cmd.Env = append(cmd.Env, "XDG_CONFIG_HOME="+config)
	address, lines, stderr := listening(t, cmd)
	authority, err := ca.Open(filepath.Join(config, "anytls-inspect"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	client, err := peer.Dial(ctx, peer.ClientConfig{
		Address: address, Password: "secret", Name: "test/1",
		TLS: &tls.Config{RootCAs: authority.Pool(), ServerName: "localhost"},
	})
	if err != nil {
		t.Fatalf("%v; standard error: %s", err, stderr)
	}
	stream, err := client.OpenStream(ctx, protocol.Address{Host: "echo.example", Port: 7})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 5)
	if _, err := io.ReadFull(stream, got); err != nil || string(got) != "hello" {
		t.Fatalf("echo: %q, %v", got, err)
	}
	// Wait for the answer to an injected heartbeat: it is in the output at once.
	var all strings.Builder
	all.Write(lines.Bytes())
	for lines.Scan() {
		all.WriteString("\n" + lines.Text())
		if strings.Contains(lines.Text(), `"origin":"injected"`) {
			break
		}
	}
	_ = client.Close()
	terminate(t, cmd, lines, &all, stderr)
	if _, err := checkEvents(all.String() + "\n"); err != nil {
		t.Error(err)
	}
	if !strings.Contains(all.String(), `"password":"match"`) {
		t.Error("the password file was not used")
	}
	for _, secret := range []string{"secret", "in-the-uri"} {
		if strings.Contains(all.String()+stderr.String(), secret) {
			t.Errorf("%q was printed", secret)
		}
	}
	log, err := os.ReadFile(keylog)
	if err != nil || strings.Count(string(log), "CLIENT_TRAFFIC_SECRET_0 ") != 2 {
		t.Errorf("the key log lacks a leg: %v\n%s", err, log)
	}
	if info, err := os.Stat(keylog); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key log: %v, %v", info.Mode(), err)
	}
}

// serveEcho runs a server with a password, whose targets all echo.
func serveEcho(t *testing.T, authority *ca.Authority, password string) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		done <- peer.Serve(ctx, ln, peer.ServerConfig{
			TLS: &tls.Config{GetCertificate: authority.Certificate}, Password: password,
			Dial: func(context.Context, protocol.Address) (net.Conn, error) {
				near, far := net.Pipe()
				go func() {
					_, _ = io.Copy(far, far)
					_ = far.Close()
				}()
				return near, nil
			},
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil && ctx.Err() == nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return ln.Addr().String()
}
