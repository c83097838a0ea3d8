// Command server is the smallest AnyTLS server around the reference's library,
// with the flags of the reference's own server, and those for a certificate.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"strings"

	anytls "github.com/anytls/sing-anytls"
	"github.com/anytls/sing-anytls/padding"
	"github.com/sagernet/sing/common/bufio"
	"github.com/sagernet/sing/common/logger"
	M "github.com/sagernet/sing/common/metadata"
	N "github.com/sagernet/sing/common/network"

	"anytls-inspect/interop/peers/sing-anytls/internal/build"
)

func main() {
	listen := flag.String("l", "0.0.0.0:8443", "listen at `address`")
	password := flag.String("p", "", "the `password`")
	cert := flag.String("cert", "", "the `file` with the certificate, in PEM")
	key := flag.String("key", "", "the `file` with its key, in PEM")
	version := flag.Bool("version", false, "print the version of the library, and end")
	flag.Parse()
	if *version {
		fmt.Println(build.Version())
		return
	}
	log.Fatal(serve(*listen, *password, *cert, *key))
}

// serve serves clients until it fails. It never returns nil.
func serve(listen, password, cert, key string) error {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return err
	}
	service, err := anytls.NewService(anytls.ServiceConfig{
		PaddingScheme: padding.DefaultPaddingScheme,
		Users:         []anytls.User{{Name: "interop", Password: password}},
		Handler:       direct{},
		Logger:        logger.NOP(),
	})
	if err != nil {
		return err
	}
	l, err := tls.Listen("tcp", listen, &tls.Config{Certificates: []tls.Certificate{pair}})
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
			if err := service.NewConnection(context.Background(), conn, M.SocksaddrFromNet(conn.RemoteAddr()), nil); err != nil {
				log.Printf("%v: %v", conn.RemoteAddr(), err)
			}
		}()
	}
}

// direct connects each stream to its target.
type direct struct{}

func (direct) NewConnectionEx(ctx context.Context, stream net.Conn, _, target M.Socksaddr, _ N.CloseHandlerFunc) {
	defer stream.Close()
	if strings.HasSuffix(target.Fqdn, "udp-over-tcp.arpa") { // which nobody's DNS should be asked for
		refuse(stream, target, errors.New("no UDP"))
		return
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", target.String())
	if err != nil {
		refuse(stream, target, err)
		return
	}
	defer conn.Close()
	if err := N.ReportConnHandshakeSuccess(stream, conn); err != nil {
		log.Printf("%v: %v", target, err)
		return
	}
	if err := bufio.CopyConn(ctx, stream, conn); err != nil {
		log.Printf("%v: %v", target, err)
	}
}

// refuse tells the client why a stream is not served.
func refuse(stream net.Conn, target M.Socksaddr, why error) {
	log.Printf("%v: %v", target, why)
	if err := N.ReportHandshakeFailure(stream, why); err != nil {
		log.Printf("%v: %v", target, err)
	}
}
