package traffic

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

const (
	maxHeader = 1 << 16 // bounds the header of an answer, in bytes
	maxHints  = 8       // bounds how many answers of status 1xx may precede it
)

// exchange sends a request over a connection of its own, which net/http's client would not let
// it see the end of, and hands the answer to take. A body has a size.
func (p *Proxy) exchange(ctx context.Context, method string, to *url.URL, body io.Reader, size int64, take func(*http.Response) error) error {
	request, err := http.NewRequestWithContext(ctx, method, to.String(), body)
	if err != nil {
		return err
	}
	request.ContentLength, request.Close = size, true
	request.Header.Set("User-Agent", "anytls-inspect")
	if to.User != nil {
		password, _ := to.User.Password()
		request.SetBasicAuth(to.User.Username(), password)
	}
	socket, err := p.reach(ctx, to)
	if err != nil {
		return err
	}
	defer socket.Close()
	stop := context.AfterFunc(ctx, func() { socket.Close() })
	defer stop()
	conn, err := p.secure(ctx, moving{socket, p.limits.still}, to)
	if err != nil {
		return unanswered(ctx, err)
	}
	w := &writer{Writer: conn}
	if err := request.Write(w); err != nil {
		return unanswered(ctx, cmp.Or(w.err, err))
	}
	limited := &io.LimitedReader{R: conn, N: maxHeader}
	response, err := readAnswer(bufio.NewReader(limited), request)
	switch {
	case err != nil && limited.N <= 0:
		return failed("the header of the answer is longer than %d bytes", maxHeader)
	case err != nil:
		return unanswered(ctx, err)
	}
	limited.N = math.MaxInt64
	defer response.Body.Close()
	return take(response)
}

// A moving is a connection of which each read and each write has its time: where nothing moves any
// more, nobody waits for the whole.
type moving struct {
	net.Conn
	still time.Duration
}

// Read implements [net.Conn].
func (m moving) Read(b []byte) (int, error) {
	if err := m.SetReadDeadline(time.Now().Add(m.still)); err != nil {
		return 0, err
	}
	n, err := m.Conn.Read(b)
	return n, m.explain(err)
}

// Write implements [net.Conn].
func (m moving) Write(b []byte) (int, error) {
	if err := m.SetWriteDeadline(time.Now().Add(m.still)); err != nil {
		return 0, err
	}
	n, err := m.Conn.Write(b)
	return n, m.explain(err)
}

func (m moving) explain(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return failed("nothing moved for %g s", m.still.Seconds())
	}
	return err
}

// A writer keeps its error: net/http says of each that it is the body's, and hides what it was.
type writer struct {
	io.Writer
	err error
}

func (w *writer) Write(b []byte) (int, error) {
	n, err := w.Writer.Write(b)
	w.err = cmp.Or(w.err, err)
	return n, err
}

// reach connects to the host of a URL. It leaves a request time to say that the inbound gave no
// reply.
func (p *Proxy) reach(ctx context.Context, to *url.URL) (net.Conn, error) {
	port := to.Port()
	switch {
	case port != "":
	case to.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	within, cancel := context.WithTimeout(ctx, p.limits.reply)
	defer cancel()
	conn, err := p.dial(within, "tcp", net.JoinHostPort(to.Hostname(), port))
	if partOf(err) == waiting {
		return nil, &said{text: fmt.Sprintf("the client's SOCKS inbound gave no reply within %g s", p.limits.reply.Seconds()), of: waiting, err: err}
	}
	return conn, err
}

// secure returns a connection in TLS where the URL wants it.
func (p *Proxy) secure(ctx context.Context, socket net.Conn, to *url.URL) (net.Conn, error) {
	if to.Scheme != "https" {
		return socket, nil
	}
	inside := tls.Client(socket, &tls.Config{ServerName: to.Hostname(), RootCAs: p.roots})
	return inside, inside.HandshakeContext(ctx)
}

// readAnswer reads the header of an answer, and passes over those that only precede it.
func readAnswer(r *bufio.Reader, request *http.Request) (*http.Response, error) {
	for range maxHints {
		response, err := http.ReadResponse(r, request)
		if err != nil {
			return nil, err
		}
		if response.StatusCode >= http.StatusOK || response.StatusCode == http.StatusSwitchingProtocols {
			return response, nil
		}
		response.Body.Close()
	}
	return nil, errors.New("the target only says that an answer follows")
}
