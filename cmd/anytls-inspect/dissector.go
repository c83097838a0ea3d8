package main

import (
	"io"

	"github.com/spf13/cobra"

	"anytls-inspect/capture/export/dissector"
)

func newDissector(s *stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "dissector",
		Short: "Print the Wireshark dissector for AnyTLS",
		Long: `dissector prints a Lua script that lets Wireshark and tshark 4.0 or later look into
AnyTLS. How to use it stands at its head.`,
		Example: `  anytls-inspect dissector > anytls.lua
  tshark -X lua_script:anytls.lua -r x.pcapng -Y anytls`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(s.out, dissector.Lua())
			return err
		},
	}
}
