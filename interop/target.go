package interop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
)

// A Target is the destination of the traffic: a web server, and a mirror, which sends back
// what it gets.
type Target struct {
	*httptest.Server
	mirror  net.Listener
	digests *sync.Map // of the bulk data, by size: each is worked out once
}

// NewTarget starts a target on loopback. The caller has to close it.
func NewTarget() (Target, error) {
	mirror, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return Target{}, err
	}
	go sendBack(mirror)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /echo/{word}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, r.PathValue("word"))
	})
	mux.HandleFunc("GET /bulk/{size}", func(w http.ResponseWriter, r *http.Request) {
		size, err := strconv.ParseInt(r.PathValue("size"), 10, 64)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Length", r.PathValue("size"))
		// The client notices an error.
		_, _ = io.Copy(w, noise(size))
	})
	mux.HandleFunc("POST /bulk", func(w http.ResponseWriter, r *http.Request) {
		sum, _, err := digest(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprint(w, sum)
	})
	return Target{httptest.NewServer(mux), mirror, new(sync.Map)}, nil
}

// Close stops both servers, and with them their goroutines.
func (t Target) Close() {
	t.mirror.Close()
	// Server.Close waits for connections that are not idle, and a peer that was killed
	// may have left some.
	t.CloseClientConnections()
	t.Server.Close()
}

// sendBack is the mirror. It ends when l is closed; a connection's goroutine ends with its
// connection.
func sendBack(l net.Listener) {
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		go func() {
			defer conn.Close()
			_, _ = io.Copy(conn, conn) // the client notices an error
		}()
	}
}

// noise returns the content of a bulk transfer: the same each time, and without repetition,
// so that lost, doubled or swapped bytes change its digest.
func noise(size int64) io.Reader {
	return io.LimitReader(rand.NewChaCha8([32]byte{}), size)
}

// digest returns the digest of a bulk transfer.
func (t Target) digest(size int64) string {
	if sum, known := t.digests.Load(size); known {
		return sum.(string)
	}
	sum, _, _ := digest(noise(size)) // it can't fail
	t.digests.Store(size, sum)
	return sum
}

func digest(r io.Reader) (sum string, n int64, err error) {
	hash := sha256.New()
	n, err = io.Copy(hash, r)
	return hex.EncodeToString(hash.Sum(nil)), n, err
}

// Mirror connects to the mirror through the proxy.
func (p Proxy) Mirror(ctx context.Context) (net.Conn, error) {
	return p.dial(ctx, "tcp", p.target.mirror.Addr().String())
}
