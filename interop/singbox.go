package interop

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"

	"anytls-inspect/interop/internal/selfsigned"
)

func singBoxServer(e End) ([]string, error) {
	certificate, key, err := selfsigned.PEM()
	if err != nil {
		return nil, err
	}
	inbound := object{
		"type":  "anytls",
		"users": []object{{"name": "interop", "password": e.Password}},
		"tls":   object{"enabled": true, "certificate": string(certificate), "key": string(key)},
	}
	return singBox(e, inbound, object{"type": "direct"})
}

func singBoxClient(e End) ([]string, error) {
	server, err := netip.ParseAddrPort(e.Server)
	if err != nil {
		return nil, err
	}
	outbound := object{
		"type": "anytls", "password": e.Password,
		"server": server.Addr().String(), "server_port": server.Port(),
		"tls": object{"enabled": true, "insecure": true},
	}
	return singBox(e, object{"type": "socks"}, outbound)
}

// singBox returns the command line of a sing-box that passes from one inbound to one
// outbound. It writes the configuration.
func singBox(e End, inbound, outbound object) ([]string, error) {
	at, err := netip.ParseAddrPort(e.Listen)
	if err != nil {
		return nil, err
	}
	inbound["listen"], inbound["listen_port"] = at.Addr().String(), at.Port()
	config, err := json.MarshalIndent(object{
		"log":       object{"level": "info"},
		"inbounds":  []object{inbound},
		"outbounds": []object{outbound},
	}, "", "  ")
	if err != nil {
		return nil, err
	}
	path := filepath.Join(e.Dir, "sing-box.json")
	if err := os.WriteFile(path, config, 0o600); err != nil {
		return nil, err
	}
	return []string{"sing-box", "run", "--disable-color", "-c", path}, nil
}

// An object is a JSON object of a configuration.
type object = map[string]any
