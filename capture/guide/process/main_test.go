package process

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// role is the environment variable that makes this test binary a program to be started.
const role = "PROCESS_TEST_ROLE"

func TestMain(m *testing.M) {
	play, ok := roles[os.Getenv(role)]
	if !ok {
		goleak.VerifyTestMain(m)
		return
	}
	if err := play(os.Args[1:]); err != nil {
		fmt.Println("ERROR", err)
		os.Exit(3)
	}
}

// roles are the programs, which are handed their arguments.
var roles = map[string]func(args []string) error{
	"say": func(args []string) error {
		fmt.Println(strings.Join(args, "\n"))
		return nil
	},
	"environment": func([]string) error {
		fmt.Println("NO_COLOR=" + os.Getenv("NO_COLOR"))
		fmt.Println("EXTRA=" + os.Getenv("EXTRA"))
		n, err := os.Stdin.Read(make([]byte, 1))
		fmt.Println(n, err)
		return nil
	},
	"read": func(args []string) error {
		text, err := os.ReadFile(args[0])
		fmt.Println(string(text))
		return err
	},
	"fail": func(args []string) error {
		fmt.Fprintln(os.Stderr, strings.Join(args, "\n"))
		os.Exit(7)
		return nil
	},
	"listen": func(args []string) error {
		l, err := net.Listen("tcp", args[0])
		if err != nil {
			return err
		}
		defer l.Close()
		for {
			conn, err := l.Accept()
			if err != nil {
				return err
			}
			fmt.Println("somebody connected")
			conn.Close()
		}
	},
	"call": func(args []string) error { return call(args[0]) },
	"deaf": func(args []string) error {
		signal.Ignore(syscall.SIGTERM)
		return call(args[0])
	},
	// A wrapper that has a program started, which calls, and itself calls too.
	"wrapper": func(args []string) error {
		if err := child("call", args[0]); err != nil {
			return err
		}
		return call(args[0])
	},
	// A wrapper that leaves behind what it has started, once the test lets it go.
	"leaver": func(args []string) error {
		if err := child("deaf", args[0]); err != nil {
			return err
		}
		return call(args[1])
	},
	// Burns as many rounds as it is told, each time.
	"burner": func(args []string) error { return burn(args[0]) },
	// Starts a program by this package, and dies without a word.
	"parent": func(args []string) error {
		c := Command{Words: []string{os.Args[0], args[0]}, Env: []string{role + "=call"}}
		if _, err := Start("child", c, Values{}, os.DevNull); err != nil {
			return err
		}
		return call(args[0])
	},
	"burner's wrapper": func(args []string) error {
		if err := child("burner", args[0]); err != nil {
			return err
		}
		return call(args[1])
	},
}

func child(as string, args ...string) error {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), role+"="+as)
	return cmd.Start()
}

// call connects to the test, which learns by it that the program runs and when it has ended, and
// stays until the test ends the connection.
func call(addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	_, _ = conn.Read(make([]byte, 1))
	return nil
}

// burn does what it is told over a connection: to take CPU time in as many rounds.
func burn(addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	buf := make([]byte, 32)
	for {
		n, err := conn.Read(buf)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		rounds, err := strconv.Atoi(string(buf[:n]))
		if err != nil {
			return err
		}
		x := uint64(1)
		for range rounds {
			x = x*6364136223846793005 + 1442695040888963407
		}
		if _, err := fmt.Fprint(conn, x); err != nil {
			return err
		}
	}
}

// program returns a command that plays a role, with placeholders in its arguments.
func program(t *testing.T, as string, args ...string) Command {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Command{Words: append([]string{self}, args...), Env: []string{role + "=" + as}}
}

// start starts a command, and ends it with the test.
func start(t *testing.T, c Command, v Values) *Process {
	t.Helper()
	if v.Dir == "" {
		v.Dir = t.TempDir()
	}
	p, err := Start("program", c, v, filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

// A phone is where programs call.
type phone struct {
	net.Listener
	t *testing.T
}

func newPhone(t *testing.T) phone {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return phone{l, t}
}

func (p phone) addr() string { return p.Addr().String() }

// answer returns the next program's connection.
func (p phone) answer() net.Conn {
	p.t.Helper()
	if err := p.Listener.(*net.TCPListener).SetDeadline(time.Now().Add(patience)); err != nil {
		p.t.Fatal(err)
	}
	conn, err := p.Accept()
	if err != nil {
		p.t.Fatal("no program called:", err)
	}
	p.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		p.t.Fatal(err)
	}
	return conn
}

// hungUp waits until the program at the other end is gone.
func hungUp(t *testing.T, conn net.Conn) {
	t.Helper()
	_, err := conn.Read(make([]byte, 1))
	if err == nil || os.IsTimeout(err) {
		t.Fatal("the program is still there:", err)
	}
}

// ended waits until the process has ended.
func ended(t *testing.T, p *Process) {
	t.Helper()
	select {
	case <-p.Done():
	case <-time.After(patience):
		t.Fatal("the program does not end")
	}
}

const patience = 20 * time.Second
