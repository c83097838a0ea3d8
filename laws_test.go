package anytlsinspect_test

import "slices"

const module = "anytls-inspect"

// A law says what the packages that its pattern matches may import. Patterns
// name packages relative to the module; a pattern that ends in "/..." matches
// the path before it and all below it, and these may import one another.
//
// The laws bind what is shipped. Tests are free: one that holds live and
// replayed traffic to the same view has to import both sources.
type law struct {
	packages string   // whom the law binds
	may      []string // packages of this module that they may import
	third    []string // modules of others that they may import; nil: any
	never    []string // what they must not import themselves, whatever else is said
	reach    []string // what they must not even reach through what they import
	why      string   // the sentence to show to who breaks it
}

// What can touch a socket, a file, another process or a goroutine. net/netip
// and net/url are values, and fine.
var impure = []string{
	"net", "net/http/...", "crypto/tls/...", "os/...", "io/fs", "syscall/...",
	"log/...", "context", "runtime/...", "unsafe", "plugin",
}

var (
	noIO    = []string{"net", "net/http/...", "os/...", "syscall/..."}
	sockets = []string{"net", "net/http/...", "crypto/tls/..."}
	screens = []string{"charm.land/...", "github.com/charmbracelet/..."}
	packets = []string{"github.com/gopacket/...", "github.com/google/gopacket/..."}
	stdOnly = []string{}
)

// laws: the first whose pattern matches a package is the package's law. A
// package without one fails the test, so that a new one gets its place here.
var laws = []law{
	{
		packages: "protocol", may: nil, third: stdOnly,
		never: append([]string{"sync/..."}, impure...), reach: sockets,
		why: "protocol is the wire format: bytes and nothing else",
	},
	{
		// It may hold a lock around what the two links of a session share.
		packages: "protocol/session", may: []string{"protocol"},
		third: []string{"github.com/HdrHistogram/hdrhistogram-go"}, never: impure, reach: sockets,
		why: "protocol/session is pure meaning: the wire format and the histogram",
	},
	{
		packages: "protocol/script", may: []string{"protocol", "protocol/session"}, third: stdOnly,
		never: append([]string{"sync/..."}, impure...), reach: sockets,
		why: "a script is text: it knows no source, no gate and no clock",
	},
	{
		packages: "capture", may: []string{"protocol", "protocol/session"}, third: stdOnly, reach: screens,
		why: "capture is the contract between sources and readers, and knows neither",
	},
	{
		// It takes names and numbers from crypto/tls, and opens no socket with it.
		packages: "capture/internal/tlsrec", may: nil, third: []string{"golang.org/x/crypto/chacha20poly1305"},
		never: noIO, reach: screens,
		why: "the record layer is bytes in and bytes out: it knows no handshake, no key log and no observer",
	},
	{
		packages: "capture/internal/tlstap",
		may:      []string{"capture/internal/tlsrec", "capture/internal/keylog", "protocol"},
		third:    []string{"golang.org/x/crypto/cryptobyte"}, never: noIO, reach: screens,
		why: "an observer is fed bytes and emits findings: it knows no packets and no events",
	},
	{
		packages: "capture/internal/pcaptest/transcript", may: []string{"capture", "capture/replay", "protocol", "protocol/script"},
		third: stdOnly, reach: screens,
		why: "a program that makes test data of captures: it prints what a replay tells",
	},
	{
		packages: "capture/internal/...", may: []string{"capture", "protocol", "capture/internal/..."}, reach: screens,
		why: "what sources share knows no source and no reader",
	},
	{
		packages: "capture/ca", third: stdOnly, never: packets, reach: screens,
		why: "the certificate authority issues certificates, and knows no session",
	},
	{
		packages: "capture/expression", may: []string{"protocol"}, third: []string{"github.com/expr-lang/expr", "github.com/expr-lang/expr/ast", "github.com/expr-lang/expr/file", "github.com/expr-lang/expr/vm", "golang.org/x/text/width"},
		never: impure, reach: slices.Concat(sockets, screens),
		why: "an expression chooses among frames by their fields; it knows no rule and no journal",
	},
	{
		packages: "capture/rule", may: []string{"capture", "capture/expression", "protocol", "protocol/session", "protocol/script"}, third: stdOnly,
		never: impure, reach: slices.Concat(sockets, screens),
		why: "a rule says what becomes of a frame: it does no input or output and reads no clock",
	},
	{
		packages: "capture/relay/gate", may: []string{"capture/rule", "protocol", "protocol/session"}, third: stdOnly,
		never: impure, reach: sockets,
		why: "the gate decides about frames: it does no input or output and reads no clock",
	},
	{
		packages: "capture/relay/leg", may: []string{"capture"}, third: []string{"golang.org/x/sys/unix"},
		never: packets, reach: screens,
		why: "a leg carries bytes, and knows no frame",
	},
	{
		packages: "capture/relay/leg/legtest",
		may:      []string{"capture", "capture/relay/leg", "capture/internal/tlsrec", "capture/internal/tlstest"}, third: stdOnly,
		never: packets, reach: screens,
		why: "the suite knows the contract of a leg, and how to seal records by hand",
	},
	{
		packages: "capture/relay/...", may: []string{"capture", "capture/rule", "capture/internal/...", "protocol", "protocol/session"},
		never: packets, reach: screens,
		why: "a source emits events: it knows no reader and no other source",
	},
	{
		packages: "capture/replay/...", may: []string{"capture", "capture/internal/...", "protocol", "protocol/session"},
		reach: screens,
		why:   "a source emits events: it knows no reader and no other source",
	},
	{
		packages: "capture/peer/...", may: []string{"capture", "capture/internal/...", "protocol", "protocol/session"},
		never: packets, reach: screens,
		why: "a source emits events: it knows no reader and no other source",
	},
	{
		packages: "capture/demo/...", may: []string{"capture/peer", "protocol", "protocol/session"},
		never: packets, reach: screens,
		why: "the demo is traffic between our own ends: it knows no reader, no other source and no relay",
	},
	{
		packages: "capture/journal/...", may: []string{"capture", "protocol", "protocol/session"},
		never: slices.Concat(sockets, packets), reach: screens,
		why: "the journal keeps events and asks protocol/session what they mean; it knows no source",
	},
	{
		packages: "capture/report/...", may: []string{"capture", "capture/journal", "protocol", "protocol/session"},
		third: stdOnly, never: slices.Concat(sockets, packets), reach: slices.Concat(sockets, screens),
		why: "a report reads the journal; it knows no source and no screen",
	},
	{
		packages: "capture/export/...",
		may:      []string{"capture", "capture/internal/...", "capture/journal", "protocol", "protocol/session"},
		reach:    screens,
		why:      "a recorder reads events; it knows no source and no screen",
	},
	{
		packages: "capture/clock", may: []string{"capture/journal", "capture/report"}, third: stdOnly, never: packets, reach: screens,
		why: "the clock tells the time to a journal and a watch, and knows neither's source",
	},
	{
		packages: "capture/guide/process", may: []string{"protocol"}, third: []string{"github.com/google/shlex", "github.com/charmbracelet/x/ansi", "golang.org/x/sys/unix", "golang.org/x/sys/windows"},
		never: packets, reach: []string{"charm.land/..."},
		why: "programs that are started know nothing of AnyTLS",
	},
	{
		packages: "capture/guide/known", may: []string{"capture/guide/process", "capture/report", "protocol"}, third: []string{"github.com/pelletier/go-toml/v2", "github.com/pelletier/go-toml/v2/unstable"},
		never: packets, reach: []string{"charm.land/..."},
		why: "a table of implementations knows no run: it finds programs, and asks them what they are",
	},
	{
		packages: "capture/guide/pairtest", may: []string{"capture/ca", "capture/peer", "protocol"}, third: stdOnly, never: packets, reach: screens,
		why: "a pair for tests is a server and a client of our own, and knows no relay",
	},
	{
		packages: "capture/guide/traffic", may: []string{"capture/report", "protocol", "protocol/session"},
		third: []string{"golang.org/x/net/proxy"}, never: packets, reach: screens,
		why: "traffic knows a SOCKS inbound and a target, and no session",
	},
	{
		packages: "capture/guide",
		may: []string{
			"capture", "capture/ca", "capture/clock", "capture/guide/known", "capture/guide/process", "capture/guide/traffic", "capture/journal",
			"capture/peer", "capture/relay", "capture/report", "protocol", "protocol/session",
		},
		third: stdOnly, never: packets, reach: []string{"charm.land/..."},
		why: "the guide runs a pair, a relay and its journal; it knows no screen and no output",
	},
	{
		packages: "capture/filter/...", may: []string{"capture", "capture/expression", "capture/journal", "protocol", "protocol/session"},
		never: slices.Concat(sockets, packets), reach: screens,
		why: "a filter chooses among what the journal keeps; it knows no source",
	},
	{
		packages: "tui/cell", may: []string{"protocol", "protocol/session"},
		third: []string{"charm.land/lipgloss/v2", "github.com/charmbracelet/colorprofile", "github.com/charmbracelet/x/ansi"},
		never: impure, reach: packets,
		why: "what panes draw with knows no pane and no journal",
	},
	{
		packages: "tui/pane", may: []string{"tui/cell", "capture", "capture/journal", "protocol", "protocol/session"},
		third: stdOnly, never: impure, reach: packets,
		why: "a pane asks the journal and draws with tui/cell; it knows no model, no terminal and no source",
	},
	{
		packages: "tui/command", may: []string{"tui/pane", "capture", "protocol"},
		third: stdOnly, never: impure, reach: packets,
		why: "a command is a row of a table: it knows no model, which does what it runs",
	},
	{
		packages: "tui/program", may: nil,
		third: []string{"charm.land/bubbletea/v2", "github.com/charmbracelet/colorprofile"},
		never: sockets, reach: packets,
		why: "what runs a model on a terminal knows no model",
	},
	{
		packages: "tui/steps", may: []string{"tui/cell", "tui/program", "protocol", "protocol/session"},
		never: sockets, reach: packets,
		why: "the screen of a run's steps draws what it is handed; it knows no run",
	},
	{
		packages: "tui/screentest", may: nil,
		third: []string{"github.com/creack/pty", "github.com/hinshun/vt10x"},
		never: sockets, reach: screens,
		why: "a terminal for tests knows no screen that is drawn on it",
	},
	{
		packages: "tui/dialog", may: []string{"tui/cell", "tui/command", "tui/pane", "capture"},
		third: stdOnly, never: impure, reach: packets,
		why: "a dialog says what is to be done; it knows no model and no journal",
	},
	{
		packages: "tui",
		may:      []string{"tui/cell", "tui/command", "tui/dialog", "tui/pane", "tui/program", "capture", "capture/journal", "protocol", "protocol/session"},
		never:    sockets, reach: packets,
		why: "the screen reads the journal: it opens no socket and knows no source",
	},
	{
		packages: "cmd/...", may: []string{"..."},
		why: "the command line is where everything is wired together",
	},
	{
		packages: module, third: stdOnly,
		why: "the root holds tests of the module as a whole, and no code",
	},
}
