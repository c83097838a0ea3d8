// Command client is the smallest AnyTLS client around the reference's library: a SOCKS
// proxy, with the flags of the reference's own client.
package main

import (
	stdbufio "bufio"
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"log"
	"net"
	"time"

	anytls "github.com/anytls/sing-anytls"
	"github.com/sagernet/sing/common/bufio"
	"github.com/sagernet/sing/common/logger"
	M "github.com/sagernet/sing/common/metadata"
	N "github.com/sagernet/sing/common/network"
	"github.com/sagernet/sing/protocol/socks"

	"anytls-inspect/interop/peers/sing-anytls/internal/build"
)

func main() {
	listen := flag.String("l", "127.0.0.1:1080", "listen for SOCKS at `address`")
	server := flag.String("s", "127.0.0.1:8443", "the server's `address`")
	password := flag.String("p", "", "the `password`")
	version := flag.Bool("version", false, "print the version of the library, and end")
	flag.Parse()
	if *version {
		fmt.Println(build.Version())
		return
	}
	log.Fatal(serve(*listen, *server, *password))
}

// serve serves SOCKS until it fails. It never returns nil.
func serve(listen, server, password string) error {
	// With an IP address as the server's name, the client sends no SNI.
	dialer := &tls.Dialer{Config: &tls.Config{ServerName: "127.0.0.1", InsecureSkipVerify: true}}
	client, err := anytls.NewClient(context.Background(), anytls.ClientConfig{
		Password:                 password,
		IdleSessionCheckInterval: 30 * time.Second,
		IdleSessionTimeout:       30 * time.Second,
		DialOut: func(ctx context.Context) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", server)
		},
		Logger: logger.NOP(),
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			source := M.SocksaddrFromNet(conn.RemoteAddr())
			err := socks.HandleConnectionEx(context.Background(), conn, stdbufio.NewReader(conn), nil, proxy{client}, source, nil)
			if err != nil {
				log.Printf("%v: %v", source, err)
			}
		}()
	}
}

// A proxy passes each connection to the server, in a stream of its own.
type proxy struct{ client *anytls.Client }

func (p proxy) NewConnectionEx(ctx context.Context, conn net.Conn, _, target M.Socksaddr, _ N.CloseHandlerFunc) {
	stream, err := p.client.CreateProxy(ctx, target)
	if err != nil {
		log.Printf("%v: %v", target, err)
		if err := N.ReportHandshakeFailure(conn, err); err != nil {
			log.Printf("%v: %v", target, err)
		}
		return
	}
	defer stream.Close()
	if err := bufio.CopyConn(ctx, conn, stream); err != nil {
		log.Printf("%v: %v", target, err)
	}
}

// NewPacketConnectionEx refuses UDP: other peers pass datagrams.
func (p proxy) NewPacketConnectionEx(_ context.Context, conn N.PacketConn, _, target M.Socksaddr, _ N.CloseHandlerFunc) {
	log.Printf("%v: no UDP", target)
	conn.Close()
}
