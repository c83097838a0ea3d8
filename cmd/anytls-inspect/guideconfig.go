package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/journal"
)

// A guideConfig says which pairs the guide is run on, and how it is shown.
type guideConfig struct {
	// pairs are run one after another; there is at least one. What belongs to a process that runs is
	// left out of them: folder, recorder, clock, listeners.
	pairs  []guide.Config
	dir    string // where recordings and what the programs wrote are kept; empty: nowhere
	output outputConfig
	report reportConfig
}

// config returns what the flags say. It reads the files that they name: templates, password,
// roots, certificates, and finds the programs of what is named. Given tells whether a flag was given.
func (g *guideFlags) config(ctx context.Context, given func(flag string) bool, terminal bool) (guideConfig, error) {
	named, err := g.named()
	if err != nil {
		return guideConfig{}, err
	}
	if err := g.check(given, named); err != nil {
		return guideConfig{}, usage(err)
	}
	cfg := guideConfig{dir: g.dir}
	var errs [4]error
	shown := outputFlags{kind: g.output, history: historyFlags{journal.DefaultLimits()}}
	cfg.output, errs[0] = shown.config(screenOrText(terminal), terminal)
	cfg.report, errs[1] = g.report.config()
	errs[2] = checkDir(g.dir)
	errs[3] = checkDistinct(append(g.recordings(), g.report.named())...)
	if err := errors.Join(errs[:]...); err != nil {
		return guideConfig{}, usage(err)
	}
	common := guide.Config{Limits: cfg.output.limits, Lang: cfg.report.language, Plan: g.plan(given), Target: g.target}
	if g.cert != "" {
		pair, err := tls.LoadX509KeyPair(g.cert, g.key)
		if err != nil {
			return guideConfig{}, fmt.Errorf("--cert %s, --key %s: %w", g.cert, g.key, err)
		}
		common.Certificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	if cfg.pairs, err = g.ends(ctx, common, named); err != nil {
		return guideConfig{}, err
	}
	return cfg, nil
}

// check tells what is wrong with the flags, before anything is read.
func (g *guideFlags) check(given func(flag string) bool, named namedEnds) error {
	if err := g.checkEnds(given, named); err != nil {
		return err
	}
	switch {
	case (g.cert == "") != (g.key == ""):
		return errors.New("--cert and --key go together")
	case g.duration <= 0:
		return fmt.Errorf("--duration %v is not positive", g.duration)
	case g.idle <= 0:
		return fmt.Errorf("--idle %v is not positive", g.idle)
	}
	return errors.Join(g.toServer.check(), checkTarget(g.target))
}

// plan returns how much is done. What a flag says precedes what --quick means.
func (g *guideFlags) plan(given func(flag string) bool) guide.Plan {
	either := func(flag string, says, quick time.Duration) time.Duration {
		if g.quick && !given(flag) {
			return quick
		}
		return says
	}
	p := guide.Plan{
		Quick:    g.quick,
		Duration: either("duration", g.duration, quickDuration),
		Idle:     either("idle", g.idle, quickIdle),
	}
	if g.quick {
		p.Limit = quickLimit + max(0, p.Duration-quickDuration) + max(0, p.Idle-quickIdle)
	}
	return p
}

// checkTarget checks that a text is the URL of a web server, or empty.
func checkTarget(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Hostname() == "", u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("--target %q is not a URL such as http://example.com/", text)
	case u.User != nil:
		return errors.New("--target has a user or a password, which is not sent: name a URL that needs none")
	}
	return nil
}

// checkDir checks that recordings can be kept in a folder, which need not be there yet. No folder
// is fine, too.
func checkDir(dir string) error {
	if dir == "" {
		return nil
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("-w: %w", err)
	case !info.IsDir():
		return fmt.Errorf("-w %s is a file: name a folder, where a recording of each part is kept", dir)
	}
	return nil
}

// recordings returns the files of the recordings, as far as they are known before a run.
func (g *guideFlags) recordings() (files []namedFile) {
	if g.dir == "" {
		return nil
	}
	for _, part := range [...]string{guide.PairPart, guide.LoadPart, guide.BothPart} {
		files = append(files, namedFile{by: "-w", path: filepath.Join(g.dir, part+recordingExtension)})
	}
	return files
}

// namedAddress returns the host:port that a flag names. A port alone is one of this machine's own.
func namedAddress(flag, text string) (string, error) {
	address := listenAddress(text)
	if err := checkListen(address); err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	return address, nil
}

// runningAddress returns that of something that runs already: it has a port.
func runningAddress(flag, text string) (string, error) {
	address, err := namedAddress(flag, text)
	if err == nil && strings.HasSuffix(address, ":0") {
		return "", fmt.Errorf("%s %s names no port: say which", flag, text)
	}
	return address, err
}

// isLoopback tells whether an address is one of this machine alone.
func isLoopback(address string) bool {
	host, _, _ := net.SplitHostPort(address)
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback() || strings.EqualFold(host, "localhost")
}
