package peer_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"

	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
)

// A client opens a stream through a server whose targets send back what they get.
func Example() {
	cert, roots, err := peer.SelfSigned("server.example")
	if err != nil {
		fmt.Println(err)
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error)
	go func() {
		served <- peer.Serve(ctx, listener, peer.ServerConfig{
			TLS:      &tls.Config{Certificates: []tls.Certificate{cert}},
			Password: "secret",
			Dial: func(_ context.Context, target protocol.Address) (net.Conn, error) {
				fmt.Println("the server dials", target)
				near, far := net.Pipe()
				go func() {
					_, _ = io.Copy(far, far)
				}()
				return near, nil
			},
		})
	}()
	if err := talk(ctx, peer.ClientConfig{
		Address:  listener.Addr().String(),
		Password: "secret",
		TLS:      &tls.Config{RootCAs: roots, ServerName: "server.example"},
	}); err != nil {
		fmt.Println(err)
	}
	stop()
	fmt.Println("the server ended:", <-served)

	// Output:
	// the server dials target.example:80
	// the target answers hello
	// the server speaks version 2
	// the server ended: <nil>
}

// talk says hello to a target.
func talk(ctx context.Context, cfg peer.ClientConfig) error {
	client, err := peer.Dial(ctx, cfg)
	if err != nil {
		return err
	}
	defer client.Close()
	stream, err := client.OpenStream(ctx, protocol.Address{Host: "target.example", Port: 80})
	if err != nil {
		return err
	}
	defer stream.Close()
	if _, err := io.WriteString(stream, "hello"); err != nil {
		return err
	}
	answer := make([]byte, len("hello"))
	if _, err := io.ReadFull(stream, answer); err != nil {
		return err
	}
	fmt.Printf("the target answers %s\n", answer)
	fmt.Printf("the server speaks version %d\n", client.ServerVersion())
	return nil
}
