package traffic

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// slowness is how long the slow answer takes.
const slowness = 1500 * time.Millisecond

// slowSize is how many bytes it has: more than a frame holds.
const slowSize = 100_000

// portTries is how many ports are tried for one that is free over IPv4 and IPv6.
const portTries = 20

// A web is the web server of a target, at one port over IPv4 and, where it has six, over IPv6.
type web struct {
	server *http.Server
	port   int
	six    bool // whether it listens over IPv6
	wait   sync.WaitGroup
}

func serveWeb() (*web, error) {
	listeners, err := listenBoth()
	if err != nil {
		return nil, err
	}
	w := &web{
		// What it would log, the client notices.
		server: &http.Server{Handler: pages(), ErrorLog: discard()},
		port:   listeners[0].Addr().(*net.TCPAddr).Port,
		six:    len(listeners) > 1,
	}
	for _, l := range listeners {
		w.wait.Go(func() { _ = w.server.Serve(l) }) // until it is closed
	}
	return w, nil
}

func discard() *log.Logger { return log.New(io.Discard, "", 0) }

// Close closes the server and its connections.
func (w *web) Close() {
	w.server.Close()
	w.wait.Wait()
}

// listenBoth listens at one port over IPv4 and over IPv6. A machine without IPv6 has only the
// first listener.
func listenBoth() ([]net.Listener, error) {
	probe, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		four, err := net.Listen("tcp", "127.0.0.1:0")
		return []net.Listener{four}, err
	}
	probe.Close()
	var failed error
	for range portTries {
		four, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		port := four.Addr().(*net.TCPAddr).Port
		six, err := net.Listen("tcp", net.JoinHostPort("::1", strconv.Itoa(port)))
		if err == nil {
			return []net.Listener{four, six}, nil
		}
		four.Close()
		failed = err
	}
	return nil, fmt.Errorf("no port is free over IPv4 and IPv6: %w", failed)
}

// pages are what the web server answers.
func pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /echo/{word}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, r.PathValue("word"))
	})
	mux.HandleFunc("GET /bulk/{size}", func(w http.ResponseWriter, r *http.Request) {
		size, err := strconv.ParseInt(r.PathValue("size"), 10, 64)
		if err == nil && size < 0 {
			err = errors.New("the size is negative")
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		sendNoise(w, size)
	})
	mux.HandleFunc("GET /slow", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(slowness):
			sendNoise(w, slowSize)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("POST /bulk", func(w http.ResponseWriter, r *http.Request) {
		sum, _, err := digest(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprint(w, sum)
	})
	return mux
}

func sendNoise(w http.ResponseWriter, size int64) {
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	_, _ = io.Copy(w, noise(size)) // the client notices an error
}
